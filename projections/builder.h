// Builds changed tables beside the ones that answer, on a thread of its own, up to a little behind
// the runner, who folds the rest and swaps them in.
//
// Threads: made, asked and destroyed by the runner's thread.
#ifndef MUNIMENT_PROJECTIONS_BUILDER_H_
#define MUNIMENT_PROJECTIONS_BUILDER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "projections/batch.h"
#include "projections/generations.h"
#include "projections/log_fold.h"

namespace muniment::projections {

class Builder {
 public:
  // `wake` is called, from the builder's thread, now and then and when Caught is true.
  Builder(const Source& source, std::vector<const Projection*> projections, Database& database,
          const BuildPlan& plan, size_t batch_events, std::function<void()> wake);
  ~Builder();

  // The thread has ended, with this status.
  bool Caught() const { return caught_.load(); }
  absl::Status status() const;
  uint64_t done() const { return done_.load(); }
  // Folds from where the thread ended up to this position, on the caller's thread.
  absl::Status Finish(uint64_t position);
  // What is left at the pace so far.
  absl::Duration Eta(uint64_t position) const;

 private:
  void Work();
  absl::Status Build(uint64_t until);

  Database& database_;
  const std::function<void()> wake_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> caught_ = false;
  std::atomic<uint64_t> done_;
  const uint64_t from_;
  const absl::Time started_;
  Batch batch_;
  LogFold fold_;
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_BUILDER_H_
