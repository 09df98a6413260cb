// Events that expire: read like all others until their day is pruned, absent everywhere after; and the
// keys that go with them.
#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "contract/harness.h"
#include "eventstore/codec.h"
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

// ---------------------------------------------------------------------- a stream's own keys

StreamKey Session(std::string id, uint64_t instance = kInstance) {
  return {instance, 30, AGGREGATE_SESSION, std::move(id)};
}

DataKey OwnKey(const StreamKey& stream, absl::string_view id) {
  return KeyOf(id, StreamSubject(stream), stream.instance);
}

Commit Sealed(const StreamKey& stream, uint64_t version, const DataKey& key, Keep keep = SIGN_IN) {
  Commit commit = Change(stream, version, 1, keep);
  commit.keys = {key};
  return commit;
}

Commit Ending(const StreamKey& stream, uint64_t version, const std::string& subject) {
  Commit commit = Change(stream, version, 1, SIGN_IN);
  commit.erased_subjects = {subject};
  return commit;
}

bool Stands(Bench& bench, const DataKey& key) {
  const bool by_id = bench.store().ReadDataKey(key.instance, key.id).ok();
  const auto subject = bench.store().ReadSubjectKeys(key.instance, key.subject);
  REQUIRE(subject.ok());
  const bool by_subject = std::any_of(subject->keys.begin(), subject->keys.end(),
                                      [&](const DataKey& other) { return SameKey(other, key); });
  CHECK(by_id == by_subject);
  return by_id;
}

TEST_CASE("a stream's own keys go with its last event, and no others") {
  Bench bench(GENERATE(from_range(Stores())));
  const uint32_t day = DayOf(bench.clock().Now());
  const StreamKey ended = Session("s1"), other = Session("s11"), elsewhere = Session("s1", 8);
  const StreamKey kept = Session("kept"), extended = Session("extended"), person = User("p");
  const DataKey first = OwnKey(ended, "a"), second = OwnKey(ended, "b");
  const DataKey of_other = OwnKey(other, "c"), of_elsewhere = OwnKey(elsewhere, "a");
  const DataKey of_kept = OwnKey(kept, "d"), of_extended = OwnKey(extended, "e");
  const DataKey of_person = KeyOf("f", "p");
  REQUIRE(bench.Append(Sealed(ended, 0, first)).ok());
  REQUIRE(bench.Append(Sealed(ended, 1, second)).ok());
  REQUIRE(bench.Append(Sealed(elsewhere, 0, of_elsewhere)).ok());
  REQUIRE(bench.Append(Sealed(kept, 0, of_kept)).ok());
  REQUIRE(bench.Append(Change(kept, 1, 1, FOREVER)).ok());
  REQUIRE(bench.Append(Sealed(extended, 0, of_extended)).ok());
  REQUIRE(bench.Append(Sealed(person, 0, of_person)).ok());
  bench.clock().Advance(absl::Hours(24));
  REQUIRE(bench.Append(Change(extended, 1, 1, SIGN_IN)).ok());
  REQUIRE(bench.Append(Sealed(other, 0, of_other)).ok());
  bench.clock().Advance(absl::Hours(24));

  for (int twice = 0; twice < 2; ++twice) {
    REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
    CHECK_FALSE(Stands(bench, first));
    CHECK_FALSE(Stands(bench, second));
    CHECK_FALSE(bench.store().ReadSubjectKeys(kInstance, first.subject)->erased);
    for (const DataKey& key : {of_other, of_elsewhere, of_kept, of_extended, of_person}) {
      INFO(key.id);
      CHECK(Stands(bench, key));
    }
    if (bench.kind().durable) bench.Reopen();
  }
  REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day + 1).ok());
  CHECK_FALSE(Stands(bench, of_other));
  CHECK_FALSE(Stands(bench, of_extended));
  for (const DataKey& key : {of_elsewhere, of_kept, of_person}) CHECK(Stands(bench, key));
  // A stream of which nothing is left may be written again, under the key that somebody remembers.
  REQUIRE(bench.Append(Sealed(ended, 2, first)).ok());
  CHECK(Stands(bench, first));
  CHECK_FALSE(Stands(bench, second));
}

TEST_CASE("that a stream's keys were destroyed is known as long as it has events, of a person always") {
  Bench bench(GENERATE(from_range(Stores())));
  const uint32_t day = DayOf(bench.clock().Now());
  const StreamKey session = Session("s"), person = User("p");
  REQUIRE(bench.Append(Sealed(session, 0, OwnKey(session, "a"))).ok());
  REQUIRE(bench.Append(Ending(session, 1, StreamSubject(session))).ok());
  REQUIRE(bench.Append(Ending(person, 0, "p")).ok());
  bench.clock().Advance(absl::Hours(24));
  const auto refused = [&](const Commit& commit) {
    return Reason(bench.Append(commit).status()) == "store.conflict";
  };
  CHECK(refused(Sealed(session, 2, OwnKey(session, "b"))));
  CHECK(refused(Sealed(person, 1, KeyOf("c", "p"))));
  REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
  CHECK_FALSE(bench.store().ReadSubjectKeys(kInstance, StreamSubject(session))->erased);
  CHECK(bench.Append(Sealed(session, 2, OwnKey(session, "b"))).ok());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "p")->erased);
  CHECK(refused(Sealed(person, 1, KeyOf("c", "p"))));
}

// Their events are more than any store deletes in one transaction, and each stream's lie far apart.
TEST_CASE("of a large day every stream's keys go, but of those with events on another") {
  Bench bench(GENERATE(from_range(Stores())));
  constexpr int kStreams = 1'250, kCommit = 250;
  const uint32_t day = DayOf(bench.clock().Now());
  const auto stream = [](int number) { return Session(absl::StrCat("s", number)); };
  const auto key = [&](int number) { return OwnKey(stream(number), absl::StrCat(number)); };
  const auto append = [&](uint64_t version, int step) {
    for (int first = 0; first < kStreams; first += kCommit) {
      Commit commit{.instance = kInstance};
      for (int number = first; number < first + kCommit; number += step) {
        commit.reads.push_back({stream(number), version});
        commit.events.push_back(EventOf(stream(number), version + 1, SIGN_IN));
        commit.keys.push_back(key(number));
      }
      REQUIRE(bench.Append(std::move(commit)).ok());
    }
  };
  append(0, 1);
  append(1, 1);
  bench.clock().Advance(absl::Hours(24));
  append(2, 10);
  REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
  int wrong = 0;
  for (int number = 0; number < kStreams; ++number) {
    if (Stands(bench, key(number)) != (number % 10 == 0)) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(bench.Log().size() == kStreams / 10);
}

TEST_CASE("an event that comes while its stream's day is pruned has its key") {
  Bench bench(GENERATE(from_range(Stores())));
  for (int i = 0; i < 40; ++i) {
    const uint32_t day = DayOf(bench.clock().Now());
    const StreamKey stream = Session(absl::StrCat("s", i));
    const DataKey key = OwnKey(stream, absl::StrCat(i));
    REQUIRE(bench.Append(Sealed(stream, 0, key)).ok());
    bench.clock().Advance(absl::Hours(24));
    REQUIRE(bench.Append(Change(Org("1"), i)).ok());
    bool pruned = false;
    std::thread pruning([&] { pruned = bench.store().PruneDay(kInstance, SIGN_IN, day).ok(); });
    const bool appended = bench.Append(Sealed(stream, 1, key)).ok();
    pruning.join();
    CHECK(pruned);
    CHECK(appended);
    CHECK(bench.Stream(stream).size() == 1);
    CHECK(Stands(bench, key));
  }
}

}  // namespace
}  // namespace muniment::eventstore
