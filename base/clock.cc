#include "base/clock.h"

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

}  // namespace muniment
