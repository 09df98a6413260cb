#include "command/import/rehearsal.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error.h"
#include "command/found_here.h"
#include "eventstore/commit.h"
#include "muniment/event/v1/credential.pb.h"
#include "muniment/event/v1/org.visit.h"

namespace muniment::command {
namespace {

using eventstore::ClaimChange;
using eventstore::StreamKey;
using google::protobuf::Message;

constexpr size_t kCachedStreams = 100'000;
constexpr size_t kCachedBytes = 64 << 20;
// What an event takes beside its fields, at most: its head, the seals, the envelope.
constexpr size_t kBesideFields = 400;
// Stands for a hash that costs time to make.
constexpr char kSomeHash[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

uint64_t BeginningOf(absl::string_view claim) { return eventstore::ReadU64(claim.substr(0, 8)); }

// "username" of "username/2515c84b".
absl::string_view KindOf(absl::string_view slot) { return slot.substr(0, slot.find('/')); }

absl::Status Taken(absl::string_view slot) {
  return Error(absl::StatusCode::kAlreadyExists, "import.taken",
               absl::StrCat("Its ", KindOf(slot), " stands in the store already."));
}

void AppendText(std::string& out, absl::string_view text) {
  eventstore::AppendU32(out, static_cast<uint32_t>(text.size()));
  absl::StrAppend(&out, text);
}

std::string TakeText(absl::string_view& in) {
  const size_t size = eventstore::ReadU32(in);
  std::string text(in.substr(4, size));
  in.remove_prefix(4 + size);
  return text;
}

// The code in an event that brings one; null for another.
const event::v1::Code* CodeIn(const Message& event) {
  if (event.GetDescriptor() != event::v1::UserCodeEvent::descriptor()) return nullptr;
  std::vector<const google::protobuf::FieldDescriptor*> set;
  event.GetReflection()->ListFields(event, &set);
  if (set.empty()) return nullptr;
  const Message& kind = event.GetReflection()->GetMessage(event, set.front());
  const auto* field = kind.GetDescriptor()->FindFieldByName("code");
  if (field == nullptr || field->message_type() != event::v1::Code::descriptor()) return nullptr;
  return static_cast<const event::v1::Code*>(&kind.GetReflection()->GetMessage(kind, field));
}

}  // namespace

// What the read models know, and then what the lines so far would have made known.
class Rehearsal::Names final : public Lookup {
 public:
  Names(Lookup& stored, Rehearsal& rehearsal) : stored_(stored), rehearsal_(rehearsal) {}

  absl::StatusOr<SignInName> UsersBySignInName(uint64_t instance, absl::string_view name,
                                               absl::string_view organization_id) override {
    return stored_.UsersBySignInName(instance, name, organization_id);
  }
  absl::StatusOr<NameConflicts> NameConflictsOf(uint64_t instance,
                                                const NamesElsewhere& names) override {
    return stored_.NameConflictsOf(instance, names);
  }
  absl::StatusOr<std::optional<std::string>> UserByUsername(uint64_t instance,
                                                            absl::string_view scope,
                                                            absl::string_view username) override {
    return stored_.UserByUsername(instance, scope, username);
  }
  absl::StatusOr<std::optional<std::string>> OrganizationByDomain(
      uint64_t instance, absl::string_view domain) override {
    ASSIGN_OR_RETURN(auto found, stored_.OrganizationByDomain(instance, domain));
    return found.has_value() ? found : Here(DomainFound(domain));
  }
  absl::StatusOr<std::vector<Scope>> MembershipsOf(uint64_t instance,
                                                   absl::string_view user_id) override {
    return stored_.MembershipsOf(instance, user_id);
  }
  absl::StatusOr<std::optional<std::string>> ProjectGrantOf(
      uint64_t instance, absl::string_view project_id,
      absl::string_view organization_id) override {
    ASSIGN_OR_RETURN(auto found, stored_.ProjectGrantOf(instance, project_id, organization_id));
    return found.has_value() ? found : Here(GrantFound(project_id, organization_id));
  }
  absl::StatusOr<std::vector<std::string>> AuthorizationsOf(uint64_t instance,
                                                            absl::string_view user_id,
                                                            size_t most) override {
    return stored_.AuthorizationsOf(instance, user_id, most);
  }
  absl::StatusOr<std::vector<std::string>> GroupsOf(uint64_t instance, absl::string_view user_id,
                                                    size_t most) override {
    return stored_.GroupsOf(instance, user_id, most);
  }
  absl::StatusOr<std::vector<std::string>> TokenFamiliesOf(uint64_t instance,
                                                           absl::string_view user_id,
                                                           size_t most) override {
    return stored_.TokenFamiliesOf(instance, user_id, most);
  }
  absl::StatusOr<std::optional<std::string>> ApplicationOfClient(
      uint64_t instance, absl::string_view client_id) override {
    return stored_.ApplicationOfClient(instance, client_id);
  }
  absl::StatusOr<std::vector<std::string>> SessionsOf(uint64_t instance, absl::string_view user_id,
                                                      size_t most) override {
    return stored_.SessionsOf(instance, user_id, most);
  }

 private:
  absl::StatusOr<std::optional<std::string>> Here(const std::string& name) {
    ASSIGN_OR_RETURN(const Kept kept, rehearsal_.Find(name));
    if (kept.events.empty()) return std::nullopt;
    return kept.events.back();
  }

  Lookup& stored_;
  Rehearsal& rehearsal_;
};

Rehearsal::Rehearsal(const RehearsalPorts& ports, uint64_t instance)
    : ports_(ports),
      instance_(instance),
      cache_(kCachedStreams, kCachedBytes),
      names_(std::make_unique<Names>(*ports.lookup, *this)) {}

Rehearsal::~Rehearsal() = default;

bool Rehearsal::IsOurs(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDataLoss(status) || absl::IsInternal(status) ||
         absl::IsUnknown(status);
}

absl::Status Rehearsal::Try(const ImportLine& line) {
  UnitContext context;
  context.instance = instance_;
  context.caller = &caller_;
  context.rule = &line.rule->rule;
  context.request = line.request;
  context.context = &no_context_;
  context.now = ports_.clock->Now();
  context.cache = &cache_;
  context.lookup = names_.get();
  context.ids = ports_.ids;
  context.codec = &ports_.source.codec;
  CallMemory memory;
  ASSIGN_OR_RETURN(const std::unique_ptr<Unit> unit, Decide(context, line, memory));
  RETURN_IF_ERROR(Check(*unit, line));
  return Remember(*unit, memory);
}

absl::StatusOr<std::unique_ptr<Unit>> Rehearsal::Decide(const UnitContext& context,
                                                        const ImportLine& line,
                                                        CallMemory& memory) {
  while (true) {
    auto unit = std::make_unique<Unit>(context, memory);
    RETURN_IF_ERROR(unit->Begin());
    const absl::Status decided = line.rule->handler->run(*unit, *line.request).status();
    if (unit->pending()) {
      RETURN_IF_ERROR(Supply(unit->TakeWants(), memory));
      continue;
    }
    RETURN_IF_ERROR(decided);
    return unit;
  }
}

absl::Status Rehearsal::Supply(Wants wants, CallMemory& memory) {
  for (const Wants::Stream& want : wants.streams) {
    ASSIGN_OR_RETURN(memory.pins[want.key], Load(want.key, *want.ops));
  }
  for (Wants::Password& want : wants.passwords) {
    MUNIMENT_CHECK(want.hash.empty());
    memory.hashes.emplace(std::move(want.memo), std::string(kSomeHash));
  }
  for (Wants::Proof& want : wants.proofs) memory.proofs.emplace(std::move(want.memo), false);
  // No line makes one.
  MUNIMENT_CHECK(!wants.key_pair.has_value());
  return absl::OkStatus();
}

absl::StatusOr<SnapshotPtr> Rehearsal::Load(const StreamKey& key, const StateOps& ops) {
  ASSIGN_OR_RETURN(SnapshotPtr stored, ReadSnapshot(ports_.source, nullptr, key, ops));
  ASSIGN_OR_RETURN(const Kept kept, Find(eventstore::EncodeStream(key)));
  if (kept.events.empty()) return stored->version == 0 ? stored : cache_.Put(std::move(stored));
  auto snapshot = std::make_shared<Snapshot>(*stored);
  const std::shared_ptr<void> state = ops.copy(stored->state.get());
  const auto* type = ports_.source.codec.FindStreamType(ops.stream_type);
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type->descriptor);
  for (const std::string& bytes : kept.events) {
    const std::unique_ptr<Message> event(prototype->New());
    MUNIMENT_CHECK(event->ParseFromString(bytes));
    ops.fold(state.get(), *event);
    ++snapshot->version;
  }
  if (snapshot->owner.empty()) snapshot->owner = kept.owner;
  snapshot->state = state;
  return cache_.Put(std::move(snapshot));
}

// A page: where the one before it of the same hash stands (0: none), its name, whose it is, texts.
absl::StatusOr<Rehearsal::Kept> Rehearsal::Find(const std::string& name) {
  Kept kept;
  const auto newest = pages_.find(absl::HashOf(name));
  std::vector<std::vector<std::string>> newest_first;
  for (uint64_t at = newest == pages_.end() ? 0 : newest->second; at != 0;) {
    ASSIGN_OR_RETURN(const std::string page, ports_.pages->Read(at - 1));
    absl::string_view in = page;
    at = eventstore::ReadU64(in);
    in.remove_prefix(8);
    if (TakeText(in) != name) continue;
    kept.owner = TakeText(in);
    auto& events = newest_first.emplace_back();
    while (!in.empty()) events.push_back(TakeText(in));
  }
  for (auto page = newest_first.rbegin(); page != newest_first.rend(); ++page) {
    std::move(page->begin(), page->end(), std::back_inserter(kept.events));
  }
  return kept;
}

absl::Status Rehearsal::Keep(const std::string& name, absl::string_view owner,
                             const std::vector<std::string>& events) {
  uint64_t& newest = pages_[absl::HashOf(name)];
  std::string page;
  eventstore::AppendU64(page, newest);
  AppendText(page, name);
  AppendText(page, owner);
  for (const std::string& event : events) AppendText(page, event);
  ASSIGN_OR_RETURN(const uint64_t at, ports_.pages->Keep(page));
  newest = at + 1;
  return absl::OkStatus();
}

absl::Status Rehearsal::Check(const Unit& unit, const ImportLine& line) {
  // The batch's mark is an event too.
  size_t bytes = kBesideFields;
  std::vector<ClaimChange> claims;
  absl::flat_hash_map<const Slot*, uint64_t> versions;
  bool sends = false;
  for (const Unit::Raised& raised : unit.raised()) {
    eventstore::EventDraft draft;
    draft.stream = raised.slot->base->key;
    draft.version = raised.slot->base->version + ++versions[raised.slot];
    ASSIGN_OR_RETURN(draft.owner, unit.OwnerOfSlot(*raised.slot));
    draft.event = raised.event.get();
    ASSIGN_OR_RETURN(auto made, ports_.source.codec.ClaimsOf(draft));
    std::move(made.begin(), made.end(), std::back_inserter(claims));
    bytes += raised.event->ByteSizeLong() + kBesideFields;
    if (const auto* code = CodeIn(*raised.event)) {
      if (code->channel() == event::v1::CODE_CHANNEL_RETURNED) {
        return Error(absl::StatusCode::kUnimplemented, "import.answers_nothing",
                     "A code cannot be returned here; have it sent, or say isVerified.");
      }
      sends = true;
    }
    if (draft.stream.type != StreamTraits<event::v1::OrgDomainEvent>::kNumber) continue;
    const auto& fact = static_cast<const event::v1::OrgDomainEvent&>(*raised.event);
    if (!fact.has_added()) continue;
    // A call would leave it unverified and say nothing.
    ASSIGN_OR_RETURN(const auto holder,
                     names_->OrganizationByDomain(instance_, fact.added().domain()));
    if (holder.has_value() && *holder != draft.stream.id) {
      return Error(absl::StatusCode::kAlreadyExists, "import.taken",
                   "Its domain is another organization's.");
    }
  }
  if (unit.raised().size() + 1 > eventstore::kMaxCommitEvents ||
      bytes > eventstore::kMaxCommitBytes) {
    return Error(absl::StatusCode::kResourceExhausted, "store.commit_too_large",
                 "One line may change only so much.");
  }
  RETURN_IF_ERROR(Claim(claims, line.number));
  messages_ += sends ? 1 : 0;
  return absl::OkStatus();
}

absl::Status Rehearsal::Claim(const std::vector<ClaimChange>& claims, uint64_t line) {
  for (const ClaimChange& claim : claims) {
    if (claim.key.empty()) continue;
    const auto [earlier, free] =
        claims_.try_emplace(BeginningOf(claim.key), static_cast<uint32_t>(line));
    if (free || earlier->second == line) continue;
    absl::Status fault =
        Error(absl::StatusCode::kAlreadyExists, "import.repeats_line",
              absl::StrCat("Its ", KindOf(claim.slot), " is that of line ", earlier->second, "."));
    SetErrorFact(fault, kEarlierLine, absl::StrCat(earlier->second));
    return fault;
  }
  return absl::OkStatus();
}

absl::Status Rehearsal::CheckStore(
    absl::FunctionRef<void(uint64_t line, const absl::Status& fault)> tell) {
  if (claims_.empty()) return absl::OkStatus();
  return ports_.source.store.ReadClaims(
      [&](const StreamKey& stream, absl::string_view slot, absl::string_view key) {
        if (stream.instance != instance_ || key.size() < 8) return true;
        const auto found = claims_.find(BeginningOf(key));
        if (found != claims_.end()) tell(found->second, Taken(slot));
        return true;
      });
}

absl::Status Rehearsal::Remember(const Unit& unit, const CallMemory& memory) {
  absl::flat_hash_map<const Slot*, std::vector<std::string>> events;
  for (const Unit::Raised& raised : unit.raised()) {
    RETURN_IF_ERROR(RememberNames(raised));
    const StreamKey& key = raised.slot->base->key;
    const bool person = key.aggregate == AGGREGATE_USER || key.aggregate == AGGREGATE_USER_GRANT;
    // Nobody can name what has no id yet.
    if (person && memory.minted.contains(key.id)) continue;
    events[raised.slot].push_back(raised.event->SerializeAsString());
  }
  for (const auto& [slot, texts] : events) {
    const StreamKey& key = slot->base->key;
    ASSIGN_OR_RETURN(const std::string owner, unit.OwnerOfSlot(*slot));
    RETURN_IF_ERROR(Keep(eventstore::EncodeStream(key), owner, texts));
    // Of people there are many, and most are never named again.
    if (key.aggregate == AGGREGATE_USER && slot->base->version == 0) continue;
    auto snapshot = std::make_shared<Snapshot>(*slot->base);
    snapshot->version += slot->raised;
    if (snapshot->owner.empty()) snapshot->owner = owner;
    snapshot->state = slot->raised_state;
    cache_.Put(std::move(snapshot));
  }
  return absl::OkStatus();
}

absl::Status Rehearsal::RememberNames(const Unit::Raised& raised) {
  const auto found = FoundBy(raised.slot->base->key, *raised.event);
  return found.has_value() ? Keep(found->name, "", {found->id}) : absl::OkStatus();
}

}  // namespace muniment::command
