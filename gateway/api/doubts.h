// A few large requests a second whose caller is unknown here are decoded all the same, where nodes
// share the log: his token may have been made on another node a moment ago, and the call itself asks
// again when this node knows all (gateway/freshness.h). More than a few are strangers.
//
// Thread-safe.
#ifndef MUNIMENT_GATEWAY_API_DOUBTS_H_
#define MUNIMENT_GATEWAY_API_DOUBTS_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace muniment::gateway {

class Doubts {
 public:
  bool Allow(absl::Time now) {
    const int64_t second = absl::ToUnixSeconds(now);
    absl::MutexLock lock(&mutex_);
    if (second != second_) allowed_ = 0;
    second_ = second;
    return ++allowed_ <= kPerSecond;
  }

 private:
  static constexpr int kPerSecond = 10;
  absl::Mutex mutex_;
  int64_t second_ ABSL_GUARDED_BY(mutex_) = 0;
  int allowed_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_DOUBTS_H_
