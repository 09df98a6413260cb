#include "gateway/oidc/device_pace.h"

namespace muniment::gateway {
namespace {

// Clocks and networks jitter.
constexpr absl::Duration kTolerance = absl::Seconds(1);
constexpr size_t kMostDevices = 100'000;

}  // namespace

bool DevicePace::Allow(absl::string_view device_code, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (devices_.size() >= kMostDevices) devices_.clear();
  const auto [at, first] = devices_.try_emplace(std::string(device_code.substr(0, 128)), Device{now});
  if (first) return true;
  Device& device = at->second;
  const bool soon = now - device.last < device.interval - kTolerance;
  device.last = now;
  if (soon) device.interval += kDeviceInterval;
  return !soon;
}

}  // namespace muniment::gateway
