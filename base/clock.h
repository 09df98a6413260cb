// Where the time comes from. Whatever needs the time is given a Clock, so that tests decide it.
//
// Thread-safe. SystemClock may step backwards with the machine's clock; who needs more than that
// (event times, ids) guards it himself.
#ifndef MUNIMENT_BASE_CLOCK_H_
#define MUNIMENT_BASE_CLOCK_H_

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace muniment {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
};

// The machine's wall clock; lives as long as the process.
Clock& SystemClock();

// For durations alone: counted from some moment in the past, it goes on evenly whatever is done to
// the machine's wall clock.
absl::Time SteadyNow();

// A clock that stands still until it is told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000)) : now_(now) {}

  absl::Time Now() override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  void Set(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    now_ = now;
  }
  void Advance(absl::Duration by) {
    absl::MutexLock lock(&mutex_);
    now_ += by;
  }

 private:
  absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment

#endif  // MUNIMENT_BASE_CLOCK_H_
