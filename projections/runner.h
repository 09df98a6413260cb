// Keeps the read models up with the log: one thread that folds what was appended, commits it with
// the checkpoint, and answers whoever waits for it. It sleeps until the store wakes it.
//
//   ASSIGN_OR_RETURN(auto runner, Runner::Start({store, codec, keys}, AllProjections(),
//   *database)); runner->Applied(committed.position, [..](absl::Status status) { ...answer the
//   command... }); runner->WaitSequence(instance, sequence, deadline, [..](absl::Status status) {
//   ...read... });
//
// Start compares the database with the log and with this build's tables. A database of another
// epoch, or with another event at its checkpoint, is emptied and folded again, and so it is when a
// shared log gets a new epoch later: all that wait are answered "models.stopped" then, and all tables
// are "models.building" until the new log is folded. A table of another
// identity is built beside the others, by a second thread, into a generation of its own, and
// swapped in whole; until then reads of it answer "models.building", all others serve. What an
// older binary kept of such a table stays until the swap.
//
// Threads: all functions may be called from any thread. Callbacks run once: at once on the caller's
// thread, or later on the runner's, where they must not block. Destruction ends the threads and
// answers all that wait with UNAVAILABLE "models.stopped". Source and database outlive the runner.
// Whoever was erased while this node was away, or a moment before it crashed, leaves its files before
// its tables answer.
//
// Errors of Start: the store's; DATA_LOSS "store.behind_models" when the log ends below what was
// acknowledged in the same epoch. Health() tells what stopped the folding: events that a newer
// release wrote (FAILED_PRECONDITION "store.kind_unknown", "store.level_too_high") stop it for
// good, a disk or network that is away is tried again every second.
#ifndef MUNIMENT_PROJECTIONS_RUNNER_H_
#define MUNIMENT_PROJECTIONS_RUNNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "projections/database.h"
#include "projections/log_fold.h"
#include "projections/projection.h"
#include "projections/removals.h"

namespace muniment::projections {

struct RunnerOptions {
  size_t batch_events = 1000;
  // Rows kept in memory between batches.
  size_t cache_rows = 20'000;
  // Suspended readers; more are refused.
  size_t max_waiting = 10'000;
  // When what was removed leaves the files (removals.h).
  PurgerOptions purge = {};
  // Called on the runner's threads for each subject whose erasure was folded.
  std::function<void(uint64_t instance, absl::string_view subject)> erased = {};
  // Called on the runner's thread for each event before it is folded; must not block.
  std::function<void(const eventstore::EventMeta& event)> seen = {};
  // Called on the runner's thread when Health becomes another.
  std::function<void(const absl::Status& health)> health = {};
  // Called once on the runner's thread, when the models have failed for good in this process though
  // their disk takes writes again: RocksDB goes on after few failures. Whoever opens them anew goes on
  // where they stand.
  std::function<void()> broken = {};
};

class Runner {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  static absl::StatusOr<std::unique_ptr<Runner>> Start(const Source& source,
                                                       Projections projections, Database& database,
                                                       RunnerOptions options = {});
  ~Runner();

  // Calls back when every view taken from then on has the events up to `position`; with the reason
  // when folding has stopped before it, or the log has lost it.
  void Applied(uint64_t position, Done done);
  // Calls back as Applied does when views have come beyond `position`, at which one stood.
  void Beyond(uint64_t position, Done done);

  // Calls back when views have the instance's events up to `sequence`. A sequence that the log does
  // not have is answered at once with FAILED_PRECONDITION "sequence.unknown"; DEADLINE_EXCEEDED
  // "sequence.late" when `deadline` passes first; RESOURCE_EXHAUSTED "sequence.too_many_waiting"
  // above max_waiting.
  void WaitSequence(uint64_t instance, uint64_t sequence, absl::Time deadline, Done done);
  // Calls back as Applied does, but by a deadline, with the errors of WaitSequence.
  void WaitPosition(uint64_t position, absl::Time deadline, Done done);
  // Readers suspended now.
  size_t waiting() const;

  // Whether views may be answered from: UNAVAILABLE "models.stopped" while what others were told is
  // stored does not come into them, because a disk takes no more or an event is not understood. A log
  // that is away alone is no reason.
  absl::Status Follows() const;
  // OK while the log is followed; otherwise why not.
  absl::Status Health() const;
  // OK when also every table is built.
  absl::Status Ready() const;

 private:
  class Loop;
  explicit Runner(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_RUNNER_H_
