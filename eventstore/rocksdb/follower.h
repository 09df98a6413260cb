// The embedded store, read beside the process that serves from it, or after one that died, without
// touching its files: for `muniment events`, `verify` and `prepare`.
//
//   ASSIGN_OR_RETURN(auto store, FollowerStore::Open({.path = "/var/lib/muniment/log"}, scratch));
//   ... read ...
//   RETURN_IF_ERROR(store->CatchUp());
//
// It stands still between calls of CatchUp: reads answer for the moment of the last one, and
// WaitBeyond wakes within it. What writes is refused: FAILED_PRECONDITION "store.read_only".
//
// Threads: as EventStore, but CatchUp overlaps with no other call. Errors besides: NOT_FOUND
// "store.not_founded" where there is no store.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_FOLLOWER_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_FOLLOWER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/callbacks.h"
#include "eventstore/rocksdb/options.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class Database;

class FollowerStore final : public EventStore {
 public:
  // `scratch`: an empty folder of its own; not removed.
  static absl::StatusOr<std::unique_ptr<FollowerStore>> Open(const RocksOptions& options,
                                                             const std::string& scratch);
  ~FollowerStore() override;

  absl::Status CatchUp();

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
  absl::Status PurgeErased() override;
  absl::StatusOr<Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                  absl::Duration ttl) override;
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override;

 private:
  explicit FollowerStore(std::unique_ptr<Database> database);

  const std::unique_ptr<Database> database_;
  Waiters waiters_;
  Callbacks callbacks_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_FOLLOWER_H_
