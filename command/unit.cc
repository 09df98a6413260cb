#include "command/unit.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error_facts.h"
#include "base/secret.h"
#include "command/found_here.h"
#include "command/memory.h"

namespace muniment::command {

namespace {

constexpr absl::string_view kPending = "muniment.pending";
constexpr absl::string_view kRefused = "muniment.refused";

absl::Status NotFound(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

// Inputs of different kinds never share a memo: each part stands with its length.
std::string Memo(absl::string_view password, absl::string_view hash) {
  return Sha256(absl::StrCat(password.size(), ":"), password, hash).str();
}

}  // namespace

absl::Status Pending() {
  absl::Status status(absl::StatusCode::kUnavailable, "Not at hand yet.");
  status.SetPayload(kPending, absl::Cord());
  return status;
}

bool IsPending(const absl::Status& status) { return status.GetPayload(kPending).has_value(); }

absl::Status Unit::Refuse(absl::Status status) {
  MUNIMENT_CHECK(!status.ok() && !IsPending(status));
  status.SetPayload(kRefused, absl::Cord());
  return status;
}

absl::Status Unit::HoldBack(absl::string_view whom, absl::Duration delay, absl::Duration pause) {
  if (delay <= absl::ZeroDuration()) return absl::OkStatus();
  const std::string at = absl::StrCat(context_.instance, "/", whom);
  auto& places = memory_.places;
  const bool has_one = std::any_of(places.begin(), places.end(),
                                   [&](const Tries::Place& place) { return place.whom() == at; });
  if (!has_one) {
    std::optional<Tries::Place> place = context_.tries->Take(at, AddressOfTry());
    if (!place.has_value()) {
      absl::Status status = Error(absl::StatusCode::kResourceExhausted, "user.too_many_tries",
                                  "Too many tries at this user's secrets are under way; wait.");
      SetErrorFact(status, kRetryAfter, RetryAfter(pause));
      return status;
    }
    places.push_back(*std::move(place));
  }
  delay_ = std::max(delay_, delay);
  pause_ = std::max(pause_, pause);
  return absl::OkStatus();
}

absl::Duration Unit::CountMessage(absl::string_view to) {
  // What it does itself, an import say, nobody asked for one by one.
  if (context_.caller->system) return absl::ZeroDuration();
  std::string whom = Sha256(absl::StrCat(instance_id_, "/"), to).str();
  auto& taken = memory_.messages;
  if (messages_ < taken.size() && taken[messages_].whom() == whom) {
    ++messages_;
    return absl::ZeroDuration();
  }
  // Another than in the run before: those that it took go.
  while (taken.size() > messages_) taken.pop_back();
  absl::Duration pause = absl::ZeroDuration();
  auto place = context_.pace->Take(std::move(whom), Now(), pause);
  if (!place.has_value()) return pause;
  taken.push_back(*std::move(place));
  ++messages_;
  return absl::ZeroDuration();
}

// Where the person sits, as a login client says of him; nobody says it of himself.
const std::string& Unit::AddressOfTry() const {
  const bool by_client = reported_of_ != caller().user_id && !reported_.ip().empty();
  return by_client ? reported_.ip() : context().ip();
}

bool Unit::TakeRefusalMark(absl::Status& status) { return status.ErasePayload(kRefused); }

Unit::Unit(const UnitContext& context, CallMemory& memory)
    : context_(context),
      memory_(memory),
      rule_(context.rule),
      request_(context.request),
      wants_(std::make_unique<Wants>()),
      instance_id_(absl::StrCat(context.instance)) {
  ResolveTarget();
}

Unit::~Unit() = default;

absl::Status Unit::TakeOn(const MethodRule& rule, const google::protobuf::Message& request) {
  MUNIMENT_CHECK(context_.caller->system);
  rule_ = &rule;
  request_ = &request;
  target_places_.clear();
  ResolveTarget();
  return ResolveDomain();
}

void Unit::ExpectNew(absl::string_view id) { memory_.minted.insert(std::string(id)); }

Wants Unit::TakeWants() { return std::move(*wants_); }

bool Unit::pending() const { return !wants_->empty(); }

absl::StatusOr<Slot*> Unit::Open(const StateOps& ops, const Scope& scope) {
  eventstore::StreamKey key{context_.instance, ops.stream_type, scope.aggregate, scope.id};
  if (key.aggregate == AGGREGATE_INSTANCE) key.id = instance_id_;
  if (key.id.empty()) return NotFound(ops.noun);
  const auto open = by_key_.find(key);
  if (open != by_key_.end()) {
    MUNIMENT_CHECK(open->second->base->ops == &ops);
    return open->second;
  }
  SnapshotPtr snapshot = context_.cache->Get(key);
  const auto pin = memory_.pins.find(key);
  if (pin != memory_.pins.end() &&
      (snapshot == nullptr || snapshot->version < pin->second->version)) {
    snapshot = pin->second;
  }
  if (snapshot == nullptr && memory_.minted.contains(key.id)) snapshot = EmptySnapshot(key, ops);
  if (snapshot == nullptr) {
    for (const Wants::Stream& want : wants_->streams) {
      if (want.key == key) return Pending();
    }
    wants_->streams.push_back({std::move(key), &ops});
    return Pending();
  }
  MUNIMENT_CHECK(snapshot->ops == &ops);
  memory_.pins[key] = snapshot;
  slots_.push_back(Slot{snapshot, nullptr, snapshot->state.get(), 0});
  by_key_.emplace(std::move(key), &slots_.back());
  return &slots_.back();
}

void Unit::Add(Slot* slot, std::unique_ptr<google::protobuf::Message> event) {
  if (slot->raised_state == nullptr) {
    slot->raised_state = slot->base->ops->copy(slot->base->state.get());
    slot->state = slot->raised_state.get();
  }
  slot->base->ops->fold(slot->raised_state.get(), *event);
  ++slot->raised;
  if (auto found = FoundBy(slot->base->key, *event)) {
    found_here_.insert_or_assign(std::move(found->name), std::move(found->id));
  }
  raised_.push_back(Raised{slot, std::move(event)});
}

absl::Status Unit::NoDefault(absl::string_view noun) {
  return Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(noun, ".default_missing"),
               "The instance has no default for this setting.");
}

absl::StatusOr<std::string> Unit::Hash(absl::string_view password) {
  std::string memo = Memo(password, {});
  const auto known = memory_.hashes.find(memo);
  if (known != memory_.hashes.end()) return known->second;
  wants_->passwords.push_back({std::move(memo), {}, Secret(password), {}});
  return Pending();
}

absl::StatusOr<bool> Unit::Verify(absl::string_view whom, absl::string_view password,
                                  absl::string_view hash) {
  if (hash.empty()) return false;
  std::string memo = Memo(password, hash);
  const auto known = memory_.verdicts.find(memo);
  if (known != memory_.verdicts.end()) return known->second;
  wants_->passwords.push_back(
      {std::move(memo), std::string(whom), Secret(password), std::string(hash)});
  return Pending();
}

absl::StatusOr<bool> Unit::Proved(absl::string_view whom, absl::string_view domain,
                                  event::v1::DomainProof proof, absl::string_view token) {
  std::string memo = Memo(domain, absl::StrCat(static_cast<int>(proof), ":", token));
  const auto known = memory_.proofs.find(memo);
  if (known != memory_.proofs.end()) return known->second;
  DomainQuestion question{absl::StrCat(context_.instance, "/", whom), std::string(domain), proof,
                          std::string(token)};
  wants_->proofs.push_back({std::move(memo), std::move(question)});
  return Pending();
}

std::string Unit::NewId() {
  if (ids_ == memory_.ids.size()) {
    memory_.ids.push_back(context_.ids->NextText());
    memory_.minted.insert(memory_.ids.back());
  }
  return memory_.ids[ids_++];
}

std::string Unit::NewSecret(size_t bytes) {
  if (secrets_ == memory_.secrets.size()) memory_.secrets.push_back(RandomBytes(bytes));
  std::string secret = memory_.secrets[secrets_++];
  // A rerun that takes another path may ask for another length here.
  if (secret.size() != bytes) {
    memory_.secrets[secrets_ - 1] = RandomBytes(bytes);
    secret = memory_.secrets[secrets_ - 1];
  }
  return secret;
}

std::string Unit::NewCode(const CodeGenerator& generator) {
  auto& codes = memory_.codes;
  if (codes_ == codes.size()) codes.emplace_back(generator, muniment::NewCode(generator));
  auto& [made_by, code] = codes[codes_++];
  // As above: another path, or settings that changed meanwhile.
  if (made_by != generator) {
    made_by = generator;
    code = muniment::NewCode(generator);
  }
  return code;
}

absl::StatusOr<KeyPair> Unit::NewKeyPair(const KeySpec& spec) {
  if (key_pairs_ < memory_.key_pairs.size()) return memory_.key_pairs[key_pairs_++];
  wants_->key_pair = spec;
  return Pending();
}

absl::Time Unit::Now() const { return context_.now; }
const Caller& Unit::caller() const { return *context_.caller; }
uint64_t Unit::instance() const { return context_.instance; }
const webauthn::AttestationPolicy& Unit::attestation() const { return *context_.attestation; }
const store::v1::Context& Unit::context() const { return *context_.context; }

absl::StatusOr<SignInName> Unit::FindSignInName(absl::string_view name) {
  return context_.lookup->UsersBySignInName(context_.instance, name,
                                            caller().chosen_organization_id);
}

absl::StatusOr<NameConflicts> Unit::FindNameConflicts(const NamesElsewhere& names) {
  return context_.lookup->NameConflictsOf(context_.instance, names);
}

absl::StatusOr<std::string> Unit::FindUserByUsername(absl::string_view scope,
                                                     absl::string_view username) {
  ASSIGN_OR_RETURN(auto found, context_.lookup->UserByUsername(context_.instance, scope, username));
  return found.value_or("");
}

absl::StatusOr<std::string> Unit::FindOrganizationByDomain(absl::string_view domain) {
  if (const auto here = found_here_.find(DomainFound(domain)); here != found_here_.end()) {
    return here->second;
  }
  ASSIGN_OR_RETURN(auto found, context_.lookup->OrganizationByDomain(context_.instance, domain));
  return found.value_or("");
}

absl::StatusOr<std::string> Unit::FindApplication(absl::string_view client_id) {
  ASSIGN_OR_RETURN(auto found,
                   context_.lookup->ApplicationOfClient(context_.instance, client_id));
  return found.value_or("");
}

absl::StatusOr<std::vector<Scope>> Unit::FindMemberships(absl::string_view user_id) {
  return context_.lookup->MembershipsOf(context_.instance, user_id);
}

absl::StatusOr<std::string> Unit::FindProjectGrant(absl::string_view project_id,
                                                   absl::string_view organization_id) {
  const auto here = found_here_.find(GrantFound(project_id, organization_id));
  if (here != found_here_.end()) return here->second;
  ASSIGN_OR_RETURN(const auto found, context_.lookup->ProjectGrantOf(context_.instance, project_id,
                                                                     organization_id));
  return found.value_or("");
}

absl::StatusOr<std::vector<std::string>> Unit::FindAuthorizations(absl::string_view user_id,
                                                                  size_t most) {
  return context_.lookup->AuthorizationsOf(context_.instance, user_id, most);
}

absl::StatusOr<std::vector<std::string>> Unit::FindGroups(absl::string_view user_id,
                                                          size_t most) {
  return context_.lookup->GroupsOf(context_.instance, user_id, most);
}

std::string Unit::KeyedHash(absl::string_view purpose, absl::string_view text) const {
  return context_.codec->ClaimKey(context_.instance, purpose, "", text);
}

absl::StatusOr<std::vector<std::string>> Unit::FindTokenFamilies(absl::string_view user_id,
                                                                 size_t most) {
  return context_.lookup->TokenFamiliesOf(context_.instance, user_id, most);
}

absl::StatusOr<std::vector<std::string>> Unit::FindSessions(absl::string_view user_id,
                                                            size_t most) {
  return context_.lookup->SessionsOf(context_.instance, user_id, most);
}

const Slot* Unit::primary() const {
  if (primary_ != nullptr) return primary_;
  if (!raised_.empty()) return raised_.front().slot;
  return target_;
}

absl::StatusOr<std::string> Unit::OwnerOfSlot(const Slot& slot) const {
  const eventstore::StreamKey& key = slot.base->key;
  if (key.aggregate == AGGREGATE_INSTANCE || key.aggregate == AGGREGATE_IMPORT ||
      key.aggregate == AGGREGATE_WEB_KEY || key.aggregate == AGGREGATE_FEATURE ||
      key.aggregate == AGGREGATE_RESTRICTIONS) {
    return instance_id_;
  }
  if (key.aggregate == AGGREGATE_ORG) return key.id;
  // The aggregate's other streams may know: metadata do not say whose the user is, the user does.
  for (const Slot* other = &slot; const Slot& each : slots_) {
    for (const Slot* candidate : {other, &each}) {
      if (candidate->base->key.aggregate != key.aggregate || candidate->base->key.id != key.id) {
        continue;
      }
      const absl::string_view owner = candidate->base->ops->owner(candidate->state);
      if (!owner.empty()) return std::string(owner);
      if (!candidate->base->owner.empty()) return candidate->base->owner;
    }
  }
  return Error(absl::StatusCode::kInternal, "command.owner_unknown",
               "A command raised an event on a stream whose owner it did not load.");
}

}  // namespace muniment::command
