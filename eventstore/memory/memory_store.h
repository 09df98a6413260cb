// An event store that lives in memory and dies with its process: for tests of what stands on the
// port, and the measure of what the others must do. It keeps every promise of store.h but
// durability.
//
//   MemoryStore store(SystemClock());
#ifndef MUNIMENT_EVENTSTORE_MEMORY_MEMORY_STORE_H_
#define MUNIMENT_EVENTSTORE_MEMORY_MEMORY_STORE_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "eventstore/callbacks.h"
#include "eventstore/leases.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class MemoryStore final : public EventStore {
 public:
  // `clock` outlives the store.
  explicit MemoryStore(Clock& clock) : clock_(clock), leases_(clock) {}
  ~MemoryStore() override;

  void Append(Commit commit, CommitDone done) override;
  absl::Status ReadStream(const StreamKey& stream, uint64_t after, EventVisitor visit) override;
  absl::StatusOr<uint64_t> ReadHead(const StreamKey& stream) override;
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  absl::Status ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                            EventVisitor visit) override;
  absl::StatusOr<uint64_t> ReadSequence(uint64_t instance) override;
  absl::StatusOr<SubjectKeys> ReadSubjectKeys(uint64_t instance,
                                              absl::string_view subject) override;
  absl::StatusOr<DataKey> ReadDataKey(uint64_t instance, absl::string_view key_id) override;
  absl::Status ReadClaims(ClaimVisitor visit) override;
  absl::StatusOr<LogHead> ReadLogHead() override;
  [[nodiscard]] std::unique_ptr<Waiter> WaitBeyond(uint64_t position,
                                                   absl::AnyInvocable<void()> wake) override;
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override;
  // Nothing is written anywhere.
  absl::Status PurgeErased() override { return absl::OkStatus(); }
  absl::StatusOr<Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                  absl::Duration ttl) override;
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override;

 private:
  friend class MemoryExporter;
  friend class MemoryImporter;
  class Table;
  // Null where it expired.
  using EventPointer = std::shared_ptr<const StoredEvent>;
  using Batch = std::vector<EventPointer>;

  absl::StatusOr<Committed> Apply(const Commit& commit);
  absl::Status CheckReads(const Commit& commit) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Committed Write(const Commit& commit, const std::vector<std::string>& streams)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteKeys(const Commit& commit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A stream without events keeps no keys of its own, nor the mark of their destruction.
  void DropOwnKeys(const StreamKey& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The index-th event of a list of positions.
  EventPointer At(const std::vector<uint64_t>& positions, uint64_t index) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  mutable absl::Mutex mutex_;
  Leases leases_ ABSL_GUARDED_BY(mutex_);
  Batch log_ ABSL_GUARDED_BY(mutex_);
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 1;
  bool importing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_stamp_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
  // Positions of a stream's events by version - 1, of an instance's by sequence - 1; 0 for one that
  // had expired when the log was copied here.
  absl::flat_hash_map<std::string, std::vector<uint64_t>> streams_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, std::vector<uint64_t>> instances_ ABSL_GUARDED_BY(mutex_);
  // As in claims.h.
  absl::btree_map<std::string, std::string> holders_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<std::string, std::string> slots_ ABSL_GUARDED_BY(mutex_);
  absl::btree_map<std::pair<uint64_t, std::string>, DataKey> keys_ ABSL_GUARDED_BY(mutex_);
  struct Subject {
    std::vector<std::string> key_ids;
    bool erased = false;
  };
  absl::btree_map<std::pair<uint64_t, std::string>, Subject> subjects_ ABSL_GUARDED_BY(mutex_);
  Waiters waiters_;
  Callbacks callbacks_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_MEMORY_MEMORY_STORE_H_
