// Who waits for the read models to come so far: commands for a position, readers for a sequence of
// an instance, or for a position, until a deadline.
//
// Thread-safe. No callback runs while the lock is held.
#ifndef MUNIMENT_PROJECTIONS_WAITERS_H_
#define MUNIMENT_PROJECTIONS_WAITERS_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace muniment::projections {

class WaitList {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  // Stands for an instance where a reader waits for a position.
  static constexpr uint64_t kPositions = ~uint64_t{0};

  explicit WaitList(size_t max_readers) : max_readers_(max_readers) {}

  // `stands`: somebody was told of the position; else it is the next that may come.
  void AddPosition(uint64_t position, bool stands, Done done);
  // False, and `done` untouched, when too many wait already.
  bool AddSequence(uint64_t instance, uint64_t sequence, absl::Time deadline, Done& done);

  // Of who came last; those who come later have a higher number.
  uint64_t newest() const;
  // Answers who came up to that number and waits for what the log, read up to this position, does
  // not have.
  void FailBeyond(uint64_t position, uint64_t newest, const absl::Status& status);
  // Answers who waits for positions up to this one.
  void ReleasePositions(uint64_t position);
  // Answers who waits for sequences of an instance up to this one.
  void ReleaseSequences(absl::FunctionRef<uint64_t(uint64_t instance)> sequence_of);
  // Answers readers whose deadline is not after `now`.
  void Expire(absl::Time now);
  // Answers everybody.
  void FailAll(const absl::Status& status);

  // The next deadline, or the infinite future.
  absl::Time NextDeadline() const;
  size_t readers() const;

 private:
  struct Reader {
    absl::Time deadline;
    uint64_t id;
    Done done;
  };
  using Readers = std::multimap<std::pair<uint64_t, uint64_t>, Reader>;

  const size_t max_readers_;
  mutable absl::Mutex mutex_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  struct Position {
    uint64_t id;
    bool stands;
    Done done;
  };
  std::multimap<uint64_t, Position> positions_ ABSL_GUARDED_BY(mutex_);
  // By instance and sequence.
  Readers readers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<absl::Time, uint64_t>, Readers::iterator> deadlines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_WAITERS_H_
