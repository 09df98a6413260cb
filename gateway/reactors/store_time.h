// The store's time, carried on between the exchanges that tell it by a clock that nobody sets.
// Never goes back, whatever the store's own clock does.
//
// Threads: one at a time.
#ifndef MUNIMENT_GATEWAY_REACTORS_STORE_TIME_H_
#define MUNIMENT_GATEWAY_REACTORS_STORE_TIME_H_

#include <algorithm>

#include "absl/time/time.h"
#include "gateway/reactors/leadership.h"

namespace muniment::gateway {

class StoreTime {
 public:
  void Set(absl::Time now) {
    now_ = std::max(now, Now());
    at_ = SinceBoot();
  }
  absl::Time Now() const { return now_ + (SinceBoot() - at_); }

 private:
  absl::Time now_ = absl::UnixEpoch();
  absl::Duration at_ = SinceBoot();
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_STORE_TIME_H_
