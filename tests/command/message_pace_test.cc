#include "command/message_pace.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"

namespace muniment::command {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST_CASE("three messages go at once, then one a minute, and ten an hour") {
  std::vector<absl::Time> asked;
  absl::Time now = kNow;
  for (int i = 0; i < 3; ++i) {
    CHECK(PauseBeforeMessage(asked, now) == absl::ZeroDuration());
    asked.push_back(now);
  }
  CHECK(PauseBeforeMessage(asked, now) == absl::Minutes(1));
  CHECK(PauseBeforeMessage(asked, now + absl::Seconds(59)) == absl::Seconds(1));
  for (int i = 3; i < 10; ++i) {
    now += absl::Minutes(1);
    CHECK(PauseBeforeMessage(asked, now) == absl::ZeroDuration());
    asked.push_back(now);
    CHECK(PauseBeforeMessage(asked, now) >= absl::Minutes(1));
  }
  CHECK(PauseBeforeMessage(asked, now) == kNow + absl::Hours(1) - now);
  CHECK(PauseBeforeMessage(asked, kNow + absl::Hours(1)) == absl::ZeroDuration());
  // After a rest there are three again, and no more than three.
  asked.erase(asked.begin(), asked.begin() + 9);
  now += absl::Minutes(50);
  for (int i = 0; i < 3; ++i) {
    CHECK(PauseBeforeMessage(asked, now) == absl::ZeroDuration());
    asked.push_back(now);
  }
  CHECK(PauseBeforeMessage(asked, now) == absl::Minutes(1));
}

TEST_CASE("each address has its own pace, and a message that does not go out does not count") {
  MessagePace pace;
  absl::Duration pause;
  for (int i = 0; i < 3; ++i) {
    auto place = pace.Take("a", kNow, pause);
    REQUIRE(place.has_value());
    CHECK(pause == absl::ZeroDuration());
    place->Keep();
  }
  CHECK_FALSE(pace.Take("a", kNow, pause).has_value());
  CHECK(pause == absl::Minutes(1));
  for (int i = 0; i < 10; ++i) CHECK(pace.Take("b", kNow, pause).has_value());
  CHECK(pace.addresses() == 1);
  // What is only thought of counts meanwhile.
  {
    std::vector<MessagePace::Place> thought;
    for (int i = 0; i < 3; ++i) thought.push_back(*pace.Take("c", kNow, pause));
    CHECK_FALSE(pace.Take("c", kNow, pause).has_value());
  }
  CHECK(pace.Take("c", kNow, pause).has_value());
}

TEST_CASE("so many addresses are remembered, and those that hold up nothing go first") {
  constexpr size_t kMost = 10;
  MessagePace pace(kMost);
  absl::Duration pause;
  for (size_t i = 0; i < kMost; ++i) {
    pace.Take(absl::StrCat("old", i), kNow, pause)->Keep();
  }
  const absl::Time later = kNow + absl::Hours(1) + absl::Seconds(1);
  for (int i = 0; i < 3; ++i) pace.Take("busy", later, pause)->Keep();
  CHECK(pace.addresses() == 1);
  CHECK_FALSE(pace.Take("busy", later, pause).has_value());
  for (size_t i = 0; i < 5 * kMost; ++i) {
    pace.Take(absl::StrCat("new", i), later, pause)->Keep();
    CHECK(pace.addresses() <= kMost);
  }
}

}  // namespace
}  // namespace muniment::command
