#include "gateway/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace muniment::gateway {
namespace {

constexpr absl::Duration kQuiet = absl::Seconds(2);

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(isatty(STDERR_FILENO) == 1),
      began_(absl::Now()),
      next_(began_ + kQuiet) {}

void Progress::Show(uint64_t done, uint64_t total) {
  const absl::Time now = absl::Now();
  if (now < next_ || total == 0) return;
  next_ = now + (terminal_ ? absl::Milliseconds(250) : absl::Seconds(10));
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const absl::Duration elapsed = now - began_;
  const absl::Duration left =
      share > 0 ? absl::Trunc(elapsed * (1 - share) / share, absl::Seconds(1)) : elapsed;
  absl::FPrintF(stderr, "%s%s: %d of %d, %.0f%%, %.0f/s, %s left%s", terminal_ ? "\r" : "", what_,
                done, total, 100 * share,
                static_cast<double>(done) / absl::ToDoubleSeconds(elapsed),
                absl::FormatDuration(left), terminal_ ? "\033[K" : "\n");
  std::fflush(stderr);
  shown_ = true;
}

void Progress::End() {
  if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace muniment::gateway
