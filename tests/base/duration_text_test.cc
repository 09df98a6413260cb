// How long something takes, as people say it.
#include <catch2/catch.hpp>

#include "base/duration_text.h"

namespace muniment {
namespace {

TEST_CASE("durations are said in the language asked for, by its plural forms") {
  CHECK(DurationText(absl::Minutes(5), "en") == "5 minutes");
  CHECK(DurationText(absl::Minutes(1), "en") == "1 minute");
  CHECK(DurationText(absl::Minutes(5), "de") == "5 Minuten");
  CHECK(DurationText(absl::Hours(1), "fr") == "1\u00a0heure");
  CHECK(DurationText(absl::Minutes(1), "ru") == "1 минута");
  CHECK(DurationText(absl::Minutes(2), "ru") == "2 минуты");
  CHECK(DurationText(absl::Minutes(5), "ru") == "5 минут");
  CHECK(DurationText(absl::Minutes(5), "ja") == "5 分");
  CHECK(DurationText(absl::Minutes(90), "en") == "1 hour, 30 minutes");
  CHECK(DurationText(absl::Hours(49) + absl::Seconds(1), "en") == "2 days, 1 hour, 1 second");
}

TEST_CASE("what is no time or no language is said all the same") {
  CHECK(DurationText(absl::ZeroDuration(), "en") == "0 seconds");
  CHECK(DurationText(absl::Milliseconds(999), "en") == "0 seconds");
  CHECK_FALSE(DurationText(absl::Minutes(5), "xx").empty());
}

}  // namespace
}  // namespace muniment
