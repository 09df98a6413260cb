// How often a device may ask whether it was let in (RFC 8628 section 3.5): each time it comes too soon
// it has to wait five seconds longer. Of this node, which forgets: to come too often gains nobody
// anything.
//
//   if (!pace.Allow(device_code, now)) return OauthError(Oauth::kSlowDown, ...);
//
// Thread-safe.
#ifndef MUNIMENT_GATEWAY_OIDC_DEVICE_PACE_H_
#define MUNIMENT_GATEWAY_OIDC_DEVICE_PACE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace muniment::gateway {

inline constexpr absl::Duration kDeviceInterval = absl::Seconds(5);

class DevicePace {
 public:
  bool Allow(absl::string_view device_code, absl::Time now);

 private:
  struct Device {
    absl::Time last;
    absl::Duration interval = kDeviceInterval;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Device> devices_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_DEVICE_PACE_H_
