// Waits for what another thread or process does.
//
//   REQUIRE(Eventually([&] { return runner->Ready().ok(); }));
#ifndef MUNIMENT_TESTS_BASE_EVENTUALLY_H_
#define MUNIMENT_TESTS_BASE_EVENTUALLY_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace muniment {

// Whether the condition came to hold within the time.
template <class Condition>
bool Eventually(Condition condition, absl::Duration most = absl::Seconds(20)) {
  const absl::Time until = absl::Now() + most;
  while (!condition()) {
    if (absl::Now() > until) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace muniment

#endif  // MUNIMENT_TESTS_BASE_EVENTUALLY_H_
