#include "gateway/reactors/attempt.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace muniment::gateway {
namespace {

TEST_CASE("pauses double up to the longest, give or take a quarter, and are not all alike") {
  const Retry retry{.attempts = 10, .first = absl::Seconds(4), .last = absl::Seconds(20)};
  for (const auto& [attempts, seconds] : std::vector<std::pair<uint32_t, double>>{
           {1, 4}, {2, 8}, {3, 16}, {4, 20}, {5, 20}, {4'000'000'000, 20}}) {
    absl::Duration least = absl::InfiniteDuration(), most = absl::ZeroDuration();
    for (int i = 0; i < 200; ++i) {
      const absl::Duration pause = PauseAfter(retry, attempts);
      least = std::min(least, pause);
      most = std::max(most, pause);
    }
    CHECK(least >= absl::Seconds(seconds * 0.75));
    CHECK(most <= absl::Seconds(seconds * 1.25));
    CHECK(most - least > absl::Seconds(seconds * 0.2));
  }
}

TEST_CASE("a reason is text, bounded, and cut between characters") {
  CHECK(ReasonText(Error(absl::StatusCode::kInternal, "a.b", "Why.")) == "a.b: Why.");
  CHECK(ReasonText(absl::InternalError("Why.")) == "INTERNAL: Why.");
  CHECK(ReasonText(absl::InternalError("\xff\xfe")) == "The reason is no text.");
  std::string wide;
  for (int i = 0; i < 400; ++i) wide += "\u00e4";
  CHECK(ReasonText(absl::InternalError(wide)).size() == 500);
  CHECK(ReasonText(absl::UnknownError(wide)).size() == 499);
}

TEST_CASE("the last attempt is the last, and what can never be done has one") {
  const Retry retry{.attempts = 3};
  CHECK_FALSE(IsLast(retry, 2, absl::InternalError("")));
  CHECK(IsLast(retry, 3, absl::InternalError("")));
  CHECK(IsLast(retry, 1, absl::FailedPreconditionError("")));
}

}  // namespace
}  // namespace muniment::gateway
