// Reads: streams, instances and the log, whole and in parts, also while it grows.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "contract/harness.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

using Numbers = std::vector<uint64_t>;

Numbers Sequences(const std::vector<StoredEvent>& events) {
  Numbers numbers;
  for (const StoredEvent& event : events) numbers.push_back(event.sequence);
  return numbers;
}

TEST_CASE("a stream is read in order, after the version that is asked for") {
  Bench bench(GENERATE(from_range(Stores())));
  for (uint64_t i = 0; i < 3; ++i) {
    REQUIRE(bench.Append(Change(User("1"), 100 * i, 100)).ok());
    REQUIRE(bench.Append(Change(User("2"), i)).ok());
  }
  const auto all = bench.Stream(User("1"));
  REQUIRE(all.size() == 300);
  for (uint64_t i = 0; i < 300; ++i) CHECK(VersionOf(all[i]) == i + 1);
  const auto late = bench.Stream(User("1"), 297);
  REQUIRE(late.size() == 3);
  CHECK(VersionOf(late[0]) == 298);
  CHECK(bench.Stream(User("1"), 300).empty());
  CHECK(bench.Stream(User("1"), ~uint64_t{0}).empty());
  CHECK(bench.Stream(User("3")).empty());
  CHECK(*bench.store().ReadHead(User("1")) == 300);
  CHECK(*bench.store().ReadHead(User("3")) == 0);
}

TEST_CASE("a visitor that has seen enough stops the reading") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1"), 0, 10)).ok());
  int seen = 0;
  const auto two = [&](const StoredEvent&) { return ++seen < 2; };
  REQUIRE(bench.store().ReadLog(0, two).ok());
  CHECK(seen == 2);
  seen = 0;
  REQUIRE(bench.store().ReadStream(User("1"), 0, two).ok());
  CHECK(seen == 2);
  seen = 0;
  REQUIRE(bench.store().ReadInstance(kInstance, 10, 1, two).ok());
  CHECK(seen == 2);
}

TEST_CASE("a visitor may read from the store") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1"), 0, 3)).ok());
  int found = 0;
  REQUIRE(bench.store().ReadLog(0, [&](const StoredEvent&) {
    found += static_cast<int>(bench.Stream(User("1")).size());
    return true;
  }).ok());
  CHECK(found == 9);
}

TEST_CASE("an instance is read by sequence, upwards and downwards, and no other's events") {
  Bench bench(GENERATE(from_range(Stores())));
  for (uint64_t i = 0; i < 5; ++i) {
    REQUIRE(bench.Append(Change(User("1", 1), i)).ok());
    REQUIRE(bench.Append(Change(User("1", 2), 2 * i, 2)).ok());
  }
  CHECK(Sequences(bench.Instance(1, 2, 4)) == Numbers{2, 3, 4});
  CHECK(Sequences(bench.Instance(1, 4, 2)) == Numbers{4, 3, 2});
  CHECK(Sequences(bench.Instance(1, 3, 3)) == Numbers{3});
  CHECK(Sequences(bench.Instance(1, 1, ~uint64_t{0})) == Numbers{1, 2, 3, 4, 5});
  CHECK(Sequences(bench.Instance(1, ~uint64_t{0}, 0)) == Numbers{5, 4, 3, 2, 1});
  CHECK(Sequences(bench.Instance(1, 0, 1)) == Numbers{1});
  CHECK(bench.Instance(1, 6, 9).empty());
  CHECK(bench.Instance(3, 1, 9).empty());
  for (const StoredEvent& event : bench.Instance(2, 1, 10)) CHECK(event.instance == 2);
}

TEST_CASE("the log is read after a position to its end") {
  Bench bench(GENERATE(from_range(Stores())));
  for (uint64_t i = 0; i < 700; ++i) {
    bench.store().Append(Change(User(absl::StrCat(i)), 0, 1), [](absl::StatusOr<Committed>) {});
  }
  const auto last = bench.Append({.instance = kInstance});
  REQUIRE(last.ok());
  REQUIRE(bench.Append(Change(User("last"), 0)).ok());
  REQUIRE(bench.Log().size() == 701);
  const auto tail = bench.Log(650);
  REQUIRE(tail.size() == 51);
  CHECK(tail.front().position == 651);
  CHECK(tail.back().position == 701);
  CHECK(bench.Log(701).empty());
  CHECK(bench.Log(9999).empty());
}

TEST_CASE("the head of the log is its last position and that event's leaf hash") {
  Bench bench(GENERATE(from_range(Stores())));
  const auto empty = bench.store().ReadLogHead();
  REQUIRE(empty.ok());
  CHECK(empty->position == 0);
  CHECK(empty->hash.empty());
  CHECK(empty->epoch >= 1);
  REQUIRE(bench.Append(Change(User("1"), 0, 2)).ok());
  const auto head = bench.store().ReadLogHead();
  CHECK(head->position == 2);
  CHECK(head->epoch == empty->epoch);
  CHECK(head->hash == LeafHash(bench.Log()[1]));
}

TEST_CASE("a reader of a growing log sees each event once and in order") {
  Bench bench(GENERATE(from_range(Stores())));
  constexpr uint64_t kEvents = 600;
  std::thread writer([&] {
    for (uint64_t i = 0; i < kEvents / 2; ++i) {
      if (!bench.Append(Change(User("1"), 2 * i, 2, i % 3 == 0 ? SIGN_IN : FOREVER)).ok()) return;
    }
  });
  uint64_t seen = 0;
  bool ordered = true;
  while (seen < kEvents && ordered) {
    const uint64_t head = bench.store().ReadLogHead()->position;
    ordered = bench.store().ReadLog(seen, [&](const StoredEvent& event) {
      ordered = ordered && event.position == ++seen && VersionOf(event) == event.position;
      return ordered;
    }).ok() && ordered && seen >= head;
  }
  writer.join();
  CHECK(ordered);
  CHECK(seen == kEvents);
}

}  // namespace
}  // namespace muniment::eventstore
