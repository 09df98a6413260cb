#include "base/id.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "base/clock.h"

namespace muniment {
namespace {

TEST_CASE("a manual clock stands still until it is told otherwise") {
  ManualClock clock;
  const absl::Time start = clock.Now();
  CHECK(clock.Now() == start);
  clock.Advance(absl::Seconds(3));
  CHECK(clock.Now() == start + absl::Seconds(3));
  clock.Set(start);
  CHECK(clock.Now() == start);
}

TEST_CASE("the system clock tells the machine's time") {
  const absl::Time before = absl::Now();
  const absl::Time now = SystemClock().Now();
  CHECK(now >= before);
  CHECK(now <= absl::Now());
}

TEST_CASE("ids rise strictly, carry their time and have 18 digits in this decade") {
  ManualClock clock(absl::FromUnixSeconds(1'700'000'000));
  IdGenerator ids(clock, 7);
  uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t id = ids.Next();
    CHECK(id > last);
    CHECK((id & 4095) == 7);
    CHECK(IdTime(id) == clock.Now());
    last = id;
    if (i % 100 == 0) clock.Advance(absl::Milliseconds(10));
  }
  CHECK(ids.NextText().size() == 18);
}

TEST_CASE("a clock that steps back, or stands still for more than a tick's ids, repeats none") {
  ManualClock clock;
  IdGenerator ids(clock, 0);
  std::vector<uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) {
    seen.push_back(ids.Next());
    if (i % 1000 == 999) clock.Advance(-absl::Seconds(1));
  }
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("a generator that starts with its clock set back makes ids later than the log's newest") {
  ManualClock clock;
  IdGenerator before(clock, 3);
  uint64_t newest = 0;
  for (int i = 0; i < 100; ++i) newest = before.Next();
  const absl::Time log_time = clock.Now();
  clock.Advance(-absl::Hours(1));
  IdGenerator after(clock, 3, log_time);
  CHECK(after.Next() > newest);
}

TEST_CASE("threads that draw at once get different ids") {
  IdGenerator ids(SystemClock(), 1);
  std::vector<std::vector<uint64_t>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& mine : drawn) {
    threads.emplace_back([&ids, &mine] {
      for (int i = 0; i < 20'000; ++i) mine.push_back(ids.Next());
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<uint64_t> all;
  for (const auto& mine : drawn) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("only canonical decimals are ids") {
  CHECK(ParseId("1") == 1u);
  CHECK(ParseId("365921337013456896") == 365921337013456896u);
  CHECK(ParseId("18446744073709551615") == 18446744073709551615u);
  for (const char* bad :
       {"", "0", "01", "+1", "-1", " 1", "1 ", "1a", "0x1", "1.0", "18446744073709551616",
        "99999999999999999999", "184467440737095516150"}) {
    CHECK_FALSE(ParseId(bad).has_value());
  }
  CHECK_FALSE(ParseId(absl::string_view("1\0", 2)).has_value());
}

}  // namespace
}  // namespace muniment
