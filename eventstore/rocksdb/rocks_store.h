// The embedded event store: one folder, one writer (writer.h), every table in one write-ahead log.
// A callback's commit is on the disk.
//
//   ASSIGN_OR_RETURN(auto store, RocksStore::Open({.path = "/var/lib/muniment/log"}));
//
// When the disk fails a commit is answered "outcome unknown" and the store opens its files again by
// itself; until that succeeds everything is answered UNAVAILABLE. Whoever meets damage in a file is
// told so, with its name, and so is everybody from then on: DATA_LOSS "store.damaged".
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_ROCKS_STORE_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_ROCKS_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/callbacks.h"
#include "eventstore/rocksdb/options.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class RocksStore final : public EventStore {
 public:
  // Errors: DATA_LOSS "store.damaged" for damaged files or a log that ends before options.mark;
  // FAILED_PRECONDITION "store.level_too_high"; UNAVAILABLE for a disk that fails or a folder in
  // use.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const RocksOptions& options);
  ~RocksStore() override;

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
  struct State;
  explicit RocksStore(const RocksOptions& options);

  const std::unique_ptr<State> state_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_ROCKS_STORE_H_
