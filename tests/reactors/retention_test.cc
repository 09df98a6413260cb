// Days of what expires are closed and pruned by a timer, on one node, and read models stay what a
// rebuild makes of the log.
#include "gateway/reactors/retention.h"

#include <catch2/catch.hpp>

#include "tests/eventstore/altered_store.h"
#include "tests/eventstore/log_world.h"
#include "tests/reactors/platform.h"

namespace muniment::gateway {
namespace {

using eventstore::LogWorld;

constexpr absl::Duration kDay = absl::Hours(24);

TEST_CASE("retention runs once a day, when days can be closed, and nodes not all at once") {
  const absl::Time midnight = absl::FromUnixSeconds(1'700'006'400);  // 2023-11-15 UTC
  for (const double part : {0.0, 0.5, 0.99}) {
    const absl::Time first = NextRetention(midnight, part);
    CHECK(first >= midnight + eventstore::kDayCloseDelay);
    CHECK(first < midnight + absl::Minutes(21));
    CHECK(NextRetention(first, part) == first + kDay);
    CHECK(NextRetention(first - absl::Seconds(1), part) == first);
    CHECK(NextRetention(midnight - absl::Hours(3), part) == first);
  }
}

// A node's timer, started now, until it has run or left it to another.
RetentionTimer::Counts RunOf(eventstore::EventStore& store, const eventstore::Codec& codec) {
  RetentionTimer timer(store, codec, {.after_start = absl::ZeroDuration()});
  REQUIRE(Await([&] { return timer.counts().runs + timer.counts().left_to_others > 0; }));
  return timer.counts();
}

TEST_CASE("days are closed, and pruned at their age, by one of those who share the log") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  for (int i = 0; i < 3; ++i) world.Check(1, "u1");
  CHECK(RunOf(world.store, world.codec).closed == 0);

  world.clock.Advance(kDay + absl::Hours(1));
  CHECK(RunOf(world.store, world.codec).closed == 1);
  // Who comes within the hour leaves it to him.
  const auto other = RunOf(world.store, world.codec);
  CHECK(other.left_to_others == 1);
  CHECK(other.runs == 0);

  world.clock.Advance(kDay * 90);
  const uint64_t before = world.Events();
  CHECK(RunOf(world.store, world.codec).pruned == 1);
  CHECK(world.Events() == before - 3 + 1);
  CHECK(world.Verified().ok());
}

TEST_CASE("a retention that fails is tried again, and keeps nobody else from it") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  world.Check(1, "u1");
  world.clock.Advance(kDay + absl::Hours(1));
  eventstore::AlteredStore failing(world.store);
  std::atomic<int> failures = 0;
  failing.answer = [&](absl::StatusOr<eventstore::Committed>& answer) {
    if (++failures <= 2) answer = absl::InternalError("no");
  };
  std::atomic<int> told = 0;
  RetentionTimer timer(failing, world.codec,
                       {.after_start = absl::ZeroDuration(),
                        .retry = absl::Milliseconds(20),
                        .log = [&](absl::string_view) { ++told; }});
  REQUIRE(Await([&] { return timer.counts().runs == 1; }));
  CHECK(told == 2);
  CHECK(timer.counts().closed == 1);
}

}  // namespace
}  // namespace muniment::gateway
