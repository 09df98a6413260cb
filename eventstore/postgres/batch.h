// A batch: which commands may be in one, its parameters for append_v1, and what its verdicts mean.
//
// A command that touches a stream or claim which an earlier one of the batch writes waits for the
// next: so each command of a batch is judged by what stood before it, and all can be checked by a
// few statements over all of them.
//
//   BatchRules rules;
//   if (rules.Admit(*pending)) batch.push_back(std::move(pending));
//   Params params = EncodeBatch(node, number, now, batch);
//   auto results = DecodeVerdicts(ParseVerdicts(rows), batch);
//
// Threads: one at a time.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_BATCH_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_BATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/commit.h"
#include "eventstore/postgres/claim_plan.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// A commit on its way, with what its caller's thread could prepare.
struct PendingCommit {
  Commit commit;
  CheckedCommit checked;
  std::vector<std::string> streams;    // the key of each read stream
  std::vector<uint64_t> versions;      // of each event
  std::vector<uint64_t> new_versions;  // of each read stream, after the commit
  ClaimPlan claims;
  CommitDone done;
  int attempts = 0;

  bool Writes(size_t read) const { return new_versions[read] != commit.reads[read].version; }
};

// Leaves `done` alone when the commit breaks a rule.
absl::StatusOr<std::unique_ptr<PendingCommit>> PrepareCommit(Commit commit, CommitDone& done);

using Batch = std::vector<std::unique_ptr<PendingCommit>>;

// The commands that were asked about have to outlive this.
class BatchRules {
 public:
  // False: it waits for the next batch, and whoever comes later and touches the same waits behind
  // it.
  bool Admit(const PendingCommit& pending);

 private:
  bool Touches(const PendingCommit& pending) const;
  void Remember(const PendingCommit& pending);

  absl::flat_hash_set<absl::string_view> written_;
  absl::flat_hash_set<absl::string_view> waiting_reads_;
  absl::flat_hash_set<std::string> claims_;
  absl::flat_hash_map<std::string, const DataKey*> keys_;
  absl::flat_hash_set<std::string> key_subjects_;
  absl::flat_hash_set<std::string> erased_;
};

// The highest format level of its events.
uint32_t LevelOf(const Commit& commit);

Params EncodeBatch(absl::string_view node, uint64_t number, std::optional<absl::Time> now,
                   const Batch& batch);

// What append_v1 or settle_v1 answered.
struct Verdicts {
  bool ran = false;
  std::vector<uint64_t> verdicts = {};
  std::vector<std::string> slots = {};
  uint64_t position = 0;  // before the batch
  std::vector<uint64_t> sequences = {};
  absl::Time stamp = {};
  uint64_t epoch = 0;
};
Verdicts ParseVerdicts(const Rows& rows);

struct BatchResult {
  std::vector<absl::StatusOr<Committed>> results;  // of each command
  uint64_t position = 0;                           // after the batch
  // The batch's last event; null when nothing was stored. Takes its body from the batch.
  std::shared_ptr<const StoredEvent> newest;
};
BatchResult ApplyVerdicts(const Verdicts& verdicts, Batch& batch);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_BATCH_H_
