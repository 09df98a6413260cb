// A group of commits that are written together: each is checked against what stands and against
// those before it in the group, and what survives is staged into one batch.
//
//   GroupBuilder builder(options, leases);  // lives as long as the database stands
//   builder.Begin(database, head);
//   for each: result = builder.Add(pending);
//   write builder.Finish(); then builder.TakeEvents() are durable
//
// Threads: one at a time.
// Errors of Add: those of EventStore::Append; DATA_LOSS and UNAVAILABLE of the tables.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_GROUP_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_GROUP_H_

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "eventstore/claims.h"
#include "eventstore/commit.h"
#include "eventstore/leases.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/heads.h"
#include "eventstore/rocksdb/options.h"
#include "eventstore/rocksdb/schema.h"
#include "eventstore/rocksdb/tail.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// A commit on its way, with what its caller's thread could prepare.
struct Pending {
  Commit commit;  // its events' bodies are moved to `events`
  CheckedCommit checked;
  std::vector<std::string> streams;  // the key of each read stream
  std::vector<std::shared_ptr<StoredEvent>> events;
  bool changes_claims = false;
  CommitDone done;
};

absl::StatusOr<std::unique_ptr<Pending>> Prepare(Commit commit, CommitDone& done);

class GroupBuilder {
 public:
  // Both outlive it.
  GroupBuilder(const RocksOptions& options, const Leases& leases);

  void Begin(Database& database, const schema::Head& head);
  absl::StatusOr<Committed> Add(Pending& pending);
  // The batch of all that was added; empty when there were no events.
  rocksdb::WriteBatch& Finish();
  size_t bytes() const { return batch_.GetDataSize(); }
  const schema::Head& head() const { return head_; }
  std::vector<Tail::EventPointer> TakeEvents() { return std::move(events_); }
  // Forgets all that is remembered of the tables: they may hold something else.
  void Forget();

 private:
  class Claims;

  absl::StatusOr<uint64_t> Version(const std::string& stream);
  absl::StatusOr<uint64_t> Sequence(uint64_t instance);
  absl::Status CheckReads(const Pending& pending);
  absl::Status CheckKeys(const Commit& commit);
  // The rows that name the keys of the subjects that a commit erases.
  absl::StatusOr<std::vector<std::string>> ErasedRows(const Commit& commit);
  // Learns whether the classes of a commit have events on the stamp's day already.
  absl::Status LearnDays(const Commit& commit, absl::Time stamp);
  void StageEvents(Pending& pending, uint64_t sequence);
  void StageDay(Keep keep, uint64_t position);
  void StageKeys(const Commit& commit, const std::vector<std::string>& erased_rows);

  HeadCache heads_;
  absl::flat_hash_map<uint64_t, uint64_t> sequences_;  // by instance
  absl::flat_hash_map<int, uint32_t> last_day_;        // by class: the newest day with events
  Clock& clock_;
  const Leases& leases_;

  // Of the group at hand.
  Database* database_ = nullptr;
  rocksdb::WriteBatch batch_;
  schema::Head head_;
  std::vector<Tail::EventPointer> events_;
  absl::flat_hash_set<uint64_t> instances_;
  std::unique_ptr<ClaimTable> table_;
  std::unique_ptr<ClaimChanges> claims_;
  // Rows of the table of keys: 'k' with its value, 's', 'e'.
  absl::flat_hash_map<std::string, std::string> new_keys_;
  absl::flat_hash_set<std::string> standing_keys_;  // carried, and in the database already
  absl::btree_set<std::string> subject_rows_;
  absl::flat_hash_set<std::string> erased_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_GROUP_H_
