// Events that expire: read like all others until their day is pruned, absent everywhere after.
#include "contract/harness.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

using Numbers = std::vector<uint64_t>;

Numbers Positions(const std::vector<StoredEvent>& events) {
  Numbers numbers;
  for (const StoredEvent& event : events) numbers.push_back(event.position);
  return numbers;
}

// Two days with two instances: positions 1..8 of the first day, 9..12 of the second.
void FillTwoDays(Bench& bench) {
  for (const uint64_t instance : {1, 2}) {
    REQUIRE(bench.Append(Change(User("1", instance), 0, 1, FOREVER)).ok());
    REQUIRE(bench.Append(Change(User("1", instance), 1, 2, SIGN_IN)).ok());
    REQUIRE(bench.Append(Change(User("1", instance), 3, 1, FOREVER)).ok());
  }
  bench.clock().Advance(absl::Hours(24));
  for (const uint64_t instance : {1, 2}) {
    REQUIRE(bench.Append(Change(User("1", instance), 4, 1, SIGN_IN)).ok());
    REQUIRE(bench.Append(Change(User("1", instance), 5, 1, FOREVER)).ok());
  }
}

TEST_CASE("an event that expires is read in its place until it is pruned") {
  Bench bench(GENERATE(from_range(Stores())));
  FillTwoDays(bench);
  const auto log = bench.Log();
  REQUIRE(log.size() == 12);
  for (uint64_t i = 0; i < 12; ++i) CHECK(log[i].position == i + 1);
  CHECK(log[1].keep == SIGN_IN);
  CHECK(log[3].keep == FOREVER);
  CHECK(Positions(bench.Log(1)) == Numbers{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  CHECK(Positions(bench.Stream(User("1", 1))) == Numbers{1, 2, 3, 4, 9, 10});
  CHECK(Positions(bench.Instance(1, 6, 1)) == Numbers{10, 9, 4, 3, 2, 1});
  CHECK(bench.Stream(User("1", 1))[1].body == BodyOf(User("1", 1), 2));
}

TEST_CASE("pruning a day removes that day, class and instance and nothing else") {
  Bench bench(GENERATE(from_range(Stores())));
  const uint32_t day = DayOf(bench.clock().Now());
  FillTwoDays(bench);
  for (int twice = 0; twice < 2; ++twice) {
    REQUIRE(bench.store().PruneDay(1, SIGN_IN, day).ok());
    CHECK(Positions(bench.Log()) == Numbers{1, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(Positions(bench.Stream(User("1", 1))) == Numbers{1, 4, 9, 10});
    CHECK(Positions(bench.Stream(User("1", 2))) == Numbers{5, 6, 7, 8, 11, 12});
    CHECK(Positions(bench.Instance(1, 1, 9)) == Numbers{1, 4, 9, 10});
    CHECK(Positions(bench.Instance(1, 9, 1)) == Numbers{10, 9, 4, 1});
  }
  CHECK(*bench.store().ReadHead(User("1", 1)) == 6);
  CHECK(*bench.store().ReadSequence(1) == 6);
  const auto next = bench.Append(Change(User("1", 1), 6));
  REQUIRE(next.ok());
  CHECK(next->position == 13);
  CHECK(next->last_sequence == 7);
}

TEST_CASE("a stream whose events are all gone keeps its version") {
  Bench bench(GENERATE(from_range(Stores())));
  const uint32_t day = DayOf(bench.clock().Now());
  REQUIRE(bench.Append(Change(User("1"), 0, 3, SIGN_IN)).ok());
  bench.clock().Advance(absl::Hours(24));
  REQUIRE(bench.Append(Change(Org("1"), 0)).ok());
  REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
  CHECK(bench.Stream(User("1")).empty());
  CHECK(Reason(bench.Append(Change(User("1"), 0)).status()) == "store.conflict");
  CHECK(bench.Append(Change(User("1"), 3, 1, SIGN_IN)).ok());
  CHECK(bench.Stream(User("1")).size() == 1);
}

TEST_CASE("a day on which events may still fall is not pruned, nor what is kept forever") {
  Bench bench(GENERATE(from_range(Stores())));
  const uint32_t today = DayOf(bench.clock().Now());
  REQUIRE(bench.Append(Change(User("1"), 0, 1, SIGN_IN)).ok());
  for (const uint32_t day : {today, today + 1, ~uint32_t{0}}) {
    CHECK(Reason(bench.store().PruneDay(kInstance, SIGN_IN, day)) == "store.day_open");
  }
  bench.clock().Advance(-absl::Hours(48));  // the log's own time does not go back
  CHECK(Reason(bench.store().PruneDay(kInstance, SIGN_IN, today)) == "store.day_open");
  CHECK(Reason(bench.store().PruneDay(kInstance, FOREVER, 1)) == "store.keeps_forever");
  CHECK(bench.store().PruneDay(kInstance, SIGN_IN, today - 9).ok());
  CHECK(bench.store().PruneDay(99, SIGN_IN, 0).ok());
  CHECK(bench.Log().size() == 1);
}

}  // namespace
}  // namespace muniment::eventstore
