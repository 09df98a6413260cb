#include "base/clock.h"

#include <chrono>

namespace muniment {
namespace {

class WallClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
};

}  // namespace

Clock& SystemClock() {
  // Never destroyed: threads may still ask while the process ends.
  static WallClock* const clock = new WallClock;
  return *clock;
}

absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace muniment
