// Wakes one thread that sleeps until something is due. Waits by a clock that nobody sets, so a wall
// clock that is set back does not prolong them.
//
//   const auto signal = std::make_shared<Signal>();   // shared with callbacks that may come late
//   signal->Wake();                                    // from any thread
//   signal->Wait(absl::Seconds(3));                    // at once when woken since the last wait
#ifndef MUNIMENT_GATEWAY_REACTORS_SIGNAL_H_
#define MUNIMENT_GATEWAY_REACTORS_SIGNAL_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

namespace muniment::gateway {

class Signal {
 public:
  void Wake() {
    const std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  void Wait(absl::Duration most) {
    // Beyond that the sum of now and the pause is no time of the clock's any more.
    const absl::Duration bounded = std::clamp(most, absl::ZeroDuration(), absl::Hours(24));
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(bounded), [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_SIGNAL_H_
