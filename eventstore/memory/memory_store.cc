#include "eventstore/memory/memory_store.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "eventstore/claims.h"
#include "eventstore/codec.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

// Events taken under one hold of the lock.
constexpr size_t kBatch = 256;

}  // namespace

class MemoryStore::Table final : public ClaimTable {
 public:
  explicit Table(MemoryStore& store) : store_(store) {}

  absl::StatusOr<std::optional<std::string>> Holder(const std::string& claim) override {
    store_.mutex_.AssertHeld();
    return Find(store_.holders_, claim);
  }
  absl::StatusOr<std::optional<std::string>> Slot(const std::string& slot) override {
    store_.mutex_.AssertHeld();
    return Find(store_.slots_, slot);
  }
  absl::Status Slots(
      const std::string& stream,
      absl::FunctionRef<void(absl::string_view slot, absl::string_view claim)> visit) override {
    store_.mutex_.AssertHeld();
    for (auto it = store_.slots_.lower_bound(stream);
         it != store_.slots_.end() && absl::StartsWith(it->first, stream); ++it) {
      visit(it->first, it->second);
    }
    return absl::OkStatus();
  }

 private:
  static std::optional<std::string> Find(const absl::btree_map<std::string, std::string>& map,
                                         const std::string& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }

  MemoryStore& store_;
};

MemoryStore::~MemoryStore() {
  callbacks_.Post([this] { waiters_.Close(); });
}

void MemoryStore::Append(Commit commit, CommitDone done) {
  absl::MutexLock lock(&mutex_);
  absl::StatusOr<Committed> result = Apply(commit);
  const uint64_t head = log_.size();
  // Posted under the lock, so that callbacks come in the order of commits.
  callbacks_.Post([this, head, result = std::move(result), done = std::move(done)]() mutable {
    const bool grown = result.ok();
    done(std::move(result));
    if (grown) waiters_.Advance(head);
  });
}

absl::StatusOr<Committed> MemoryStore::Apply(const Commit& commit) {
  mutex_.AssertHeld();
  if (importing_) {
    return Error(absl::StatusCode::kFailedPrecondition, "store.import_unfinished",
                 "A log is being copied into the store.");
  }
  ASSIGN_OR_RETURN(const CheckedCommit checked, CheckCommit(commit));
  if (commit.fence.has_value() && !leases_.Stands(*commit.fence)) return FencedError();
  RETURN_IF_ERROR(CheckReads(commit));
  std::vector<std::string> streams;
  for (const ReadVersion& read : commit.reads) streams.push_back(EncodeStream(read.stream));
  Table table(*this);
  ClaimChanges claims(table);
  RETURN_IF_ERROR(claims.Apply(commit, [&](size_t i) -> const std::string& {
    return streams[checked.read_of_event[i]];
  }));
  for (const auto& [claim, slot] : claims.holders()) {
    if (slot.has_value()) {
      holders_[claim] = *slot;
    } else {
      holders_.erase(claim);
    }
  }
  for (const auto& [slot, claim] : claims.slots()) {
    if (claim.has_value()) {
      slots_[slot] = *claim;
    } else {
      slots_.erase(slot);
    }
  }
  std::vector<std::string> event_streams;
  for (const uint32_t read : checked.read_of_event) event_streams.push_back(streams[read]);
  return Write(commit, event_streams);
}

absl::Status MemoryStore::CheckReads(const Commit& commit) const {
  for (const ReadVersion& read : commit.reads) {
    const auto found = streams_.find(EncodeStream(read.stream));
    const uint64_t version = found == streams_.end() ? 0 : found->second.size();
    if (version != read.version) return ConflictError();
  }
  for (const DataKey& key : commit.keys) {
    const auto subject = subjects_.find({key.instance, key.subject});
    if (subject != subjects_.end() && subject->second.erased) return ConflictError();
    const auto standing = keys_.find({key.instance, key.id});
    if (standing != keys_.end() && !SameKey(standing->second, key)) {
      return Error(absl::StatusCode::kInternal, "store.commit_invalid", "A data key stands twice.");
    }
  }
  return absl::OkStatus();
}

Committed MemoryStore::Write(const Commit& commit, const std::vector<std::string>& streams) {
  std::vector<uint64_t>& instance = instances_[commit.instance];
  const absl::Time stamp = NextStamp(clock_.Now(), last_stamp_);
  Committed committed{.position = log_.size(),
                      .first_sequence = instance.size(),
                      .last_sequence = instance.size(),
                      .created_at = stamp};
  if (commit.events.empty()) return committed;
  last_stamp_ = stamp;
  committed.first_sequence = instance.size() + 1;
  for (size_t i = 0; i < commit.events.size(); ++i) {
    const uint64_t position = log_.size() + 1;
    instance.push_back(position);
    streams_[streams[i]].push_back(position);
    log_.push_back(std::make_shared<const StoredEvent>(
        StoredEvent{.position = position,
                    .instance = commit.instance,
                    .sequence = instance.size(),
                    .created_at = stamp,
                    .keep = commit.events[i].keep,
                    .body = commit.events[i].body}));
  }
  committed.position = log_.size();
  committed.last_sequence = instance.size();
  WriteKeys(commit);
  return committed;
}

void MemoryStore::WriteKeys(const Commit& commit) {
  for (const DataKey& key : commit.keys) {
    if (!keys_.try_emplace({key.instance, key.id}, key).second) continue;
    subjects_[{key.instance, key.subject}].key_ids.push_back(key.id);
  }
  for (const std::string& name : commit.erased_subjects) {
    Subject& subject = subjects_[{commit.instance, name}];
    for (const std::string& id : subject.key_ids) keys_.erase({commit.instance, id});
    subject = {.key_ids = {}, .erased = true};
  }
}

MemoryStore::EventPointer MemoryStore::At(const std::vector<uint64_t>& positions,
                                          uint64_t index) const {
  return positions[index] == 0 ? nullptr : log_[positions[index] - 1];
}

absl::Status MemoryStore::ReadStream(const StreamKey& stream, uint64_t after, EventVisitor visit) {
  const std::string key = EncodeStream(stream);
  while (true) {
    Batch batch;
    {
      absl::ReaderMutexLock lock(&mutex_);
      const auto found = streams_.find(key);
      if (found == streams_.end()) return absl::OkStatus();
      const uint64_t size = found->second.size();
      for (; after < size && batch.size() < kBatch; ++after) {
        batch.push_back(At(found->second, after));
      }
    }
    if (batch.empty()) return absl::OkStatus();
    for (const EventPointer& event : batch) {
      if (event != nullptr && !visit(*event)) return absl::OkStatus();
    }
  }
}

absl::StatusOr<uint64_t> MemoryStore::ReadHead(const StreamKey& stream) {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = streams_.find(EncodeStream(stream));
  return found == streams_.end() ? 0 : found->second.size();
}

absl::Status MemoryStore::ReadLog(uint64_t after, EventVisitor visit) {
  while (true) {
    Batch batch;
    {
      absl::ReaderMutexLock lock(&mutex_);
      for (; after < log_.size() && batch.size() < kBatch; ++after) batch.push_back(log_[after]);
    }
    if (batch.empty()) return absl::OkStatus();
    for (const EventPointer& event : batch) {
      if (event != nullptr && !visit(*event)) return absl::OkStatus();
    }
  }
}

absl::Status MemoryStore::ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                                       EventVisitor visit) {
  Batch batch;
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return absl::OkStatus();
    const uint64_t size = found->second.size();
    const uint64_t low = std::max<uint64_t>(1, std::min(first, last));
    const uint64_t high = std::min(size, std::max(first, last));
    for (uint64_t sequence = low; sequence <= high; ++sequence) {
      batch.push_back(At(found->second, sequence - 1));
    }
  }
  if (first > last) std::reverse(batch.begin(), batch.end());
  for (const EventPointer& event : batch) {
    if (event != nullptr && !visit(*event)) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> MemoryStore::ReadSequence(uint64_t instance) {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = instances_.find(instance);
  return found == instances_.end() ? 0 : found->second.size();
}

absl::StatusOr<SubjectKeys> MemoryStore::ReadSubjectKeys(uint64_t instance,
                                                         absl::string_view subject) {
  absl::ReaderMutexLock lock(&mutex_);
  SubjectKeys result;
  const auto found = subjects_.find({instance, std::string(subject)});
  if (found == subjects_.end()) return result;
  result.erased = found->second.erased;
  for (const std::string& id : found->second.key_ids) {
    result.keys.push_back(keys_.at({instance, id}));
  }
  return result;
}

absl::StatusOr<DataKey> MemoryStore::ReadDataKey(uint64_t instance, absl::string_view key_id) {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = keys_.find({instance, std::string(key_id)});
  if (found == keys_.end()) return KeyNotFoundError();
  return found->second;
}

absl::Status MemoryStore::ReadClaims(ClaimVisitor visit) {
  absl::btree_map<std::string, std::string> slots;
  {
    absl::ReaderMutexLock lock(&mutex_);
    slots = slots_;
  }
  for (const auto& [slot, claim] : slots) {
    absl::string_view rest = slot;
    const std::optional<StreamKey> stream = ConsumeStream(rest);
    if (!visit(*stream, rest, absl::string_view(claim).substr(8))) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<LogHead> MemoryStore::ReadLogHead() {
  absl::ReaderMutexLock lock(&mutex_);
  LogHead head{.epoch = epoch_, .position = log_.size(), .hash = {}};
  if (!log_.empty() && log_.back() != nullptr) head.hash = LeafHash(*log_.back());
  return head;
}

std::unique_ptr<EventStore::Waiter> MemoryStore::WaitBeyond(uint64_t position,
                                                            absl::AnyInvocable<void()> wake) {
  std::unique_ptr<Waiter> waiter = waiters_.Add(position, std::move(wake));
  absl::ReaderMutexLock lock(&mutex_);
  const uint64_t head = log_.size();
  if (head > position) callbacks_.Post([this, head] { waiters_.Advance(head); });
  return waiter;
}

absl::Status MemoryStore::PruneDay(uint64_t instance, Keep keep, uint32_t day) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckPrune(keep, day, NextStamp(clock_.Now(), last_stamp_)));
  const auto found = instances_.find(instance);
  if (found == instances_.end()) return absl::OkStatus();
  absl::flat_hash_set<StreamKey> pruned;
  for (const uint64_t position : found->second) {
    if (position == 0) continue;
    EventPointer& event = log_[position - 1];
    if (event != nullptr && event->keep == keep && DayOf(event->created_at) == day) {
      ASSIGN_OR_RETURN(StreamPlace place, PlaceOf(*event));
      pruned.insert(std::move(place.stream));
      event = nullptr;
    }
  }
  for (const StreamKey& stream : pruned) DropOwnKeys(stream);
  return absl::OkStatus();
}

void MemoryStore::DropOwnKeys(const StreamKey& stream) {
  const std::vector<uint64_t>& positions = streams_[EncodeStream(stream)];
  for (uint64_t index = 0; index < positions.size(); ++index) {
    if (At(positions, index) != nullptr) return;
  }
  const auto subject = subjects_.find({stream.instance, StreamSubject(stream)});
  if (subject == subjects_.end()) return;
  for (const std::string& id : subject->second.key_ids) keys_.erase({stream.instance, id});
  subjects_.erase(subject);
}

absl::StatusOr<Lease> MemoryStore::TakeLease(absl::string_view name, absl::string_view holder,
                                             absl::Duration ttl) {
  absl::MutexLock lock(&mutex_);
  return leases_.Take(name, holder, ttl, [](uint64_t) { return absl::OkStatus(); });
}

absl::Status MemoryStore::ReleaseLease(absl::string_view name, absl::string_view holder) {
  absl::MutexLock lock(&mutex_);
  leases_.Release(name, holder);
  return absl::OkStatus();
}

}  // namespace muniment::eventstore
