#include "command/call.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/error.h"
#include "base/error_facts.h"

namespace muniment::command {

using eventstore::StreamKey;

namespace {

bool KeyBefore(const StreamKey& a, const StreamKey& b) {
  return std::tie(a.instance, a.type, a.aggregate, a.id) <
         std::tie(b.instance, b.type, b.aggregate, b.id);
}

absl::Status AlreadyExists(absl::string_view noun) {
  return Error(absl::StatusCode::kAlreadyExists, absl::StrCat(noun, ".already_exists"),
               absl::StrCat("There is such a ", noun, " already."));
}

absl::Status DeadlinePassed() {
  return Error(absl::StatusCode::kDeadlineExceeded, "command.deadline",
               "The call took longer than its caller would wait.");
}

// Says nothing about any stream, so there is nothing to check it against.
bool IsOurFault(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Call::Start(Router::Core& core, std::shared_ptr<const Method> method, CommandCall call,
                 CommandDone done) {
  const auto started =
      std::make_shared<Call>(core, std::move(method), std::move(call), std::move(done));
  if (started->call_.deadline < absl::InfiniteFuture()) {
    started->ticket_ =
        core.timers.At(started->call_.deadline, [watched = std::weak_ptr<Call>(started)] {
          if (const auto call = watched.lock()) call->Expire();
        });
  }
  started->Schedule();
}

Call::Call(Router::Core& core, std::shared_ptr<const Method> method, CommandCall call,
           CommandDone done)
    : core_(core), method_(std::move(method)), call_(std::move(call)), done_(std::move(done)) {
  context_.instance = call_.instance;
  context_.caller = &call_.caller;
  context_.rule = method_->rule.has_value() ? &**method_->rule : nullptr;
  context_.request = call_.request.get();
  context_.context = &call_.context;
  context_.now = core_.Now();
  context_.cache = &core_.cache;
  context_.lookup = core_.ports.lookup;
  context_.ids = core_.ports.ids;
  context_.codec = core_.ports.codec;
  context_.attestation = &core_.ports.attestation;
  context_.tries = &core_.tries;
  context_.pace = &core_.pace;
}

// When the last call is gone so may be what it used: it lets go of all before it says so.
Call::~Call() {
  unit_.reset();
  keys_.reset();
  done_ = nullptr;
  memory_.places.clear();
  memory_.messages.clear();
  if (ticket_ != 0) core_.timers.Forget(call_.deadline, ticket_);
  core_.Leave();
}

void Call::Schedule() {
  core_.workers.Run([self = shared_from_this()] { self->Step(); });
}

void Call::Step() {
  if (phase_.load() == Phase::kDone) return Release();
  if (!failure_.ok()) return Finish(failure_);
  if (absl::Now() > call_.deadline) return Finish(DeadlinePassed());
  ++counters_.runs;
  unit_ = std::make_unique<Unit>(context_, memory_);
  Answer answer = RunHandler();
  if (unit_->pending()) return Park();
  Decided(std::move(answer));
}

Call::Answer Call::RunHandler() {
  RETURN_IF_ERROR(unit_->Begin());
  return method_->handler.run(*unit_, *call_.request);
}

void Call::Decided(Answer answer) {
  const bool leaves_events = unit_->TakeRefusal(answer) && !unit_->raised().empty();
  delay_ = unit_->delay();
  pause_ = unit_->pause();
  if (!answer.ok() && !leaves_events) {
    if (IsPending(answer.status())) {
      return Finish(Error(absl::StatusCode::kInternal, "command.pending_without_cause",
                          "A command waits for nothing."));
    }
    if (IsOurFault(answer.status()) || unit_->slots().empty()) return Finish(answer.status());
    refusal_ = answer.status();
    return SendCheck();
  }
  refusal_ = answer.status();
  if (answer.ok()) response_ = *std::move(answer);
  if (!unit_->rule_applied()) {
    return Finish(Error(absl::StatusCode::kInternal, "command.rule_not_applied",
                        "A command answered without asking who may do this."));
  }
  if (unit_->raised().empty()) return SendCheck();
  if (!HoldWriters()) return;
  core_.encoders.Run([self = shared_from_this()] { self->EncodeAndSend(); });
}

// ---------------------------------------------------------------------- waiting

void Call::Park() {
  Wants wants = unit_->TakeWants();
  unit_.reset();
  {
    absl::MutexLock lock(&mutex_);
    outstanding_ = wants.size();
  }
  counters_.loads += wants.streams.size();
  counters_.hashes += wants.passwords.size();
  // When the last of it is there the call may be gone.
  const auto self = shared_from_this();
  AskFor(std::move(wants.streams));
  AskFor(std::move(wants.passwords));
  AskFor(std::move(wants.proofs));
  if (wants.key_pair.has_value()) AskForKeyPair(*wants.key_pair);
}

void Call::AskFor(std::vector<Wants::Stream> streams) {
  for (const Wants::Stream& want : streams) {
    core_.loader.Load(want.key, *want.ops,
                      [self = shared_from_this()](absl::StatusOr<SnapshotPtr> snapshot) {
                        self->Loaded(std::move(snapshot));
                      });
  }
}

void Call::AskFor(std::vector<Wants::Password> passwords) {
  for (Wants::Password& want : passwords) {
    if (want.hash.empty()) {
      core_.hashers.Hash(std::move(want.password), call_.deadline,
                         [self = shared_from_this(),
                          memo = want.memo](absl::StatusOr<std::string> hash) {
                           self->Keep(self->memory_.hashes, memo, std::move(hash));
                         });
    } else {
      core_.hashers.Verify(absl::StrCat(call_.instance, "/", want.whom), std::move(want.password),
                           std::move(want.hash), call_.deadline,
                           [self = shared_from_this(),
                            memo = want.memo](absl::StatusOr<bool> verdict) {
                             self->Keep(self->memory_.verdicts, memo, std::move(verdict));
                           });
    }
  }
}

void Call::AskFor(std::vector<Wants::Proof> proofs) {
  for (Wants::Proof& want : proofs) {
    auto done = [self = shared_from_this(), memo = want.memo](absl::StatusOr<bool> proved) {
      self->Keep(self->memory_.proofs, memo, std::move(proved));
    };
    if (core_.ports.prover == nullptr) {
      done(Error(absl::StatusCode::kUnavailable, "domain_proof.unavailable",
                 "Domains cannot be proved here."));
      continue;
    }
    want.question.deadline = call_.deadline;
    core_.ports.prover->Ask(std::move(want.question), std::move(done));
  }
}

void Call::AskForKeyPair(const KeySpec& spec) {
  auto done = [self = shared_from_this()](absl::StatusOr<KeyPair> pair) {
    {
      absl::MutexLock lock(&self->mutex_);
      self->memory_.key_pairs.push_back(std::move(pair));
    }
    self->Arrived();
  };
  core_.hashers.MakeKeyPair(absl::StrCat(call_.instance, "/", call_.caller.user_id), spec,
                            call_.deadline, std::move(done));
}

void Call::Loaded(absl::StatusOr<SnapshotPtr> snapshot) {
  {
    absl::MutexLock lock(&mutex_);
    if (snapshot.ok()) {
      core_.Saw((*snapshot)->changed);
      memory_.pins[(*snapshot)->key] = *snapshot;
    } else {
      failure_ = snapshot.status();
    }
  }
  Arrived();
}

void Call::Arrived() {
  {
    absl::MutexLock lock(&mutex_);
    if (--outstanding_ > 0) return;
  }
  Schedule();
}

// Reads again what the run read, as the store has it now.
void Call::Refresh() {
  std::vector<std::pair<StreamKey, const StateOps*>> streams;
  for (const Slot& slot : unit_->slots()) streams.emplace_back(slot.base->key, slot.base->ops);
  unit_.reset();
  {
    absl::MutexLock lock(&mutex_);
    outstanding_ = streams.size();
  }
  if (streams.empty()) return Schedule();
  counters_.loads += streams.size();
  for (const auto& [key, ops] : streams) {
    core_.loader.Load(key, *ops,
                      [self = shared_from_this()](absl::StatusOr<SnapshotPtr> snapshot) {
                        self->Loaded(std::move(snapshot));
                      });
  }
}

void Call::Expire() {
  Phase deciding = Phase::kDeciding;
  if (!phase_.compare_exchange_strong(deciding, Phase::kDone)) return;
  // Whoever owns the call sees the phase when he is next at it, and lets go of what it holds; what
  // it cost so far is his to know.
  core_.Answered({});
  done_(DeadlinePassed());
}

// ---------------------------------------------------------------------- writers

bool Call::HoldWriters() {
  std::vector<StreamKey> needed;
  for (const Slot& slot : unit_->slots()) {
    if (slot.raised > 0 && slot.base->version > 0) needed.push_back(slot.base->key);
  }
  std::sort(needed.begin(), needed.end(), KeyBefore);
  if (std::includes(writes_.begin(), writes_.end(), needed.begin(), needed.end(), KeyBefore)) {
    return true;
  }
  // Not in order any more: let go and take all, or two calls could wait for each other.
  Release();
  std::vector<StreamKey> all;
  std::set_union(writes_.begin(), writes_.end(), needed.begin(), needed.end(),
                 std::back_inserter(all), KeyBefore);
  writes_ = std::move(all);
  if (!AcquireRest()) return false;
  for (const Slot& slot : unit_->slots()) {
    const SnapshotPtr newest = slot.raised > 0 ? core_.cache.Get(slot.base->key) : nullptr;
    if (newest != nullptr && newest->version > slot.base->version) {
      Schedule();
      return false;
    }
  }
  return true;
}

bool Call::AcquireRest() {
  while (held_ < writes_.size()) {
    const bool free = core_.writers.Acquire(writes_[held_], [self = shared_from_this()] {
      self->core_.workers.Run([self] { self->Granted(); });
    });
    if (!free) return false;
    ++held_;
  }
  return true;
}

void Call::Granted() {
  ++held_;
  if (phase_.load() == Phase::kDone) return Release();
  if (AcquireRest()) Step();
}

void Call::Release() {
  while (held_ > 0) core_.writers.Release(writes_[--held_]);
}

// ---------------------------------------------------------------------- commits

eventstore::Commit Call::Reads() const {
  eventstore::Commit commit;
  commit.instance = call_.instance;
  commit.epoch = core_.ports.store->SeenEpoch();
  commit.fence = call_.fence;
  commit.reads.reserve(unit_->slots().size());
  for (const Slot& slot : unit_->slots()) {
    commit.reads.push_back({slot.base->key, slot.base->version});
    // One that was read before the epoch changed refuses all.
    if (slot.base->epoch != 0) commit.epoch = std::min(commit.epoch, slot.base->epoch);
  }
  return commit;
}

absl::Status Call::Encode(eventstore::CommitKeys& keys, eventstore::Commit& commit) {
  if (unit_->raised().size() > eventstore::kMaxCommitEvents) {
    return Error(absl::StatusCode::kResourceExhausted, "store.commit_too_large",
                 "One command may change only so much.");
  }
  claims_.clear();
  absl::flat_hash_map<const Slot*, uint64_t> versions;
  const bool has_context = !call_.context.ip().empty() || !call_.context.user_agent().empty();
  for (const Unit::Raised& raised : unit_->raised()) {
    const Slot& slot = *raised.slot;
    eventstore::EventDraft draft;
    draft.stream = slot.base->key;
    draft.version = slot.base->version + ++versions[&slot];
    ASSIGN_OR_RETURN(draft.owner, unit_->OwnerOfSlot(slot));
    draft.actor = call_.caller.user_id;
    draft.event = raised.event.get();
    draft.context = has_context ? &call_.context : nullptr;
    draft.reported = &unit_->reported();
    draft.reported_of = unit_->reported_of();
    ASSIGN_OR_RETURN(auto event, core_.ports.codec->Encode(draft, keys));
    for (const auto& claim : event.claims) {
      claims_.push_back({claim.slot, draft.stream.aggregate, slot.base->ops->noun});
    }
    commit.events.push_back(std::move(event));
    RETURN_IF_ERROR(keys.AddDestroyed(*core_.ports.codec, draft, commit.erased_subjects));
  }
  return absl::OkStatus();
}

void Call::SendCheck() {
  ++counters_.checks;
  core_.ports.store->Append(Reads(), [self = shared_from_this()](auto checked) {
    self->core_.workers.Run([self, checked = std::move(checked)] {
      if (self->phase_.load() == Phase::kDone) return self->Release();
      if (!checked.ok()) {
        if (Reason(checked.status()) == "store.conflict") return self->OnConflict();
        return self->Finish(checked.status());
      }
      if (!self->refusal_.ok()) return self->Finish(self->refusal_);
      self->Release();
      self->Succeed(*checked);
    });
  });
}

void Call::EncodeAndSend() {
  eventstore::Commit commit = Reads();
  epoch_ = commit.epoch;
  keys_ = std::make_unique<eventstore::CommitKeys>(*core_.ports.keys);
  const absl::Status encoded = Encode(*keys_, commit);
  if (!encoded.ok()) return Finish(encoded);
  commit.keys = keys_->Carried();
  erased_ = commit.erased_subjects;
  Phase deciding = Phase::kDeciding;
  if (!phase_.compare_exchange_strong(deciding, Phase::kCommitting)) return Release();
  ++counters_.commits;
  core_.ports.store->Append(std::move(commit), [self = shared_from_this()](auto committed) {
    self->Committed(committed);
  });
}

// On the store's thread: what the next in line needs is done here, the rest on a worker.
void Call::Committed(const absl::StatusOr<eventstore::Committed>& committed) {
  if (committed.ok()) {
    keys_->Committed();
    KeepMessages();
    for (const std::string& subject : erased_) {
      core_.ports.keys->Erase(call_.instance, subject);
    }
    KeepSnapshots(*committed);
    core_.Saw(committed->created_at);
    Release();
  }
  core_.workers.Run([self = shared_from_this(), committed] {
    if (committed.ok()) return self->Succeed(*committed);
    self->keys_.reset();
    self->phase_.store(Phase::kDeciding);
    if (Reason(committed.status()) == "store.conflict") return self->OnConflict();
    if (Reason(committed.status()) == "store.outcome_unknown") {
      self->KeepMessages();
      for (const Unit::Raised& raised : self->unit_->raised()) {
        self->core_.cache.Forget(raised.slot->base->key);
      }
    }
    self->Finish(self->Translate(committed.status()));
  });
}

void Call::KeepMessages() {
  for (MessagePace::Place& message : memory_.messages) message.Keep();
}

void Call::KeepSnapshots(const eventstore::Committed& committed) {
  absl::flat_hash_map<const Slot*, uint64_t> sequences;
  uint64_t sequence = committed.first_sequence;
  for (const Unit::Raised& raised : unit_->raised()) sequences[raised.slot] = sequence++;
  for (const auto& [slot, last] : sequences) {
    auto snapshot = std::make_shared<Snapshot>(*slot->base);
    snapshot->version += slot->raised;
    snapshot->sequence = last;
    snapshot->changed = committed.created_at;
    snapshot->epoch = epoch_;
    if (slot->base->version == 0) {
      snapshot->created = committed.created_at;
      snapshot->owner = unit_->OwnerOfSlot(*slot).value();
    }
    snapshot->state = slot->raised_state;
    core_.cache.Put(std::move(snapshot));
  }
}

void Call::OnConflict() {
  if (++counters_.conflicts > static_cast<uint64_t>(core_.options.max_conflicts)) {
    return Finish(Error(absl::StatusCode::kAborted, "command.contended",
                        "Too many others change the same thing; try again."));
  }
  bool newer = false;
  for (const Slot& slot : unit_->slots()) {
    const SnapshotPtr cached = core_.cache.Get(slot.base->key);
    newer = newer || (cached != nullptr && cached->version > slot.base->version);
  }
  // A commit of this node is in the cache already. What else moved is told by the store alone, so
  // it is asked at least every other time.
  if (newer && asked_store_) {
    asked_store_ = false;
    return Schedule();
  }
  asked_store_ = true;
  Refresh();
}

absl::Status Call::Translate(const absl::Status& status) const {
  if (Reason(status) != "store.claim_taken") return status;
  const std::string slot = ErrorFact(status, "slot");
  for (const Claimed& claimed : claims_) {
    if (claimed.slot != slot) continue;
    absl::string_view kind = *absl::StrSplit(slot, '/').begin();
    // What is claimed by its own name is the thing itself.
    if (kind == claimed.noun) return AlreadyExists(kind);
    const auto* value = Aggregate_descriptor()->FindValueByNumber(claimed.aggregate);
    // What is part of another is called by its own name.
    const bool part = !value->options().GetExtension(part_of).empty();
    const std::string owner(part ? claimed.noun : value->options().GetExtension(aggregate_name));
    absl::ConsumePrefix(&kind, absl::StrCat(owner, "_"));
    if (kind == "id") return AlreadyExists(owner);
    return Error(absl::StatusCode::kAlreadyExists, absl::StrCat(owner, ".", kind, "_taken"),
                 absl::StrCat("Another ", owner, " has this ", kind, "."));
  }
  return status;
}

}  // namespace muniment::command
