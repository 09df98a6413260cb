// How often one address may try what it does not know: some at once, then one each while. Of IPv6 the
// first 64 bits count, as somebody has all of the rest. Of this node, which forgets those who rest.
// Thread-safe.
//
//   if (!pace.Allow(request.peer, now)) ...
#ifndef MUNIMENT_GATEWAY_LOGIN_GUESS_PACE_H_
#define MUNIMENT_GATEWAY_LOGIN_GUESS_PACE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace muniment::gateway {

class GuessPace {
 public:
  static constexpr int kAtOnce = 10;
  static constexpr absl::Duration kEach = absl::Seconds(6);

  bool Allow(absl::string_view address, absl::Time now);

 private:
  absl::Mutex mutex_;
  // When all that was tried is worked off.
  absl::flat_hash_map<std::string, absl::Time> busy_until_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_GUESS_PACE_H_
