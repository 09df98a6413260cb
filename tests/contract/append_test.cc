// What an append promises: all or nothing, at one place in one order, against what was read.
#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "contract/harness.h"

namespace muniment::eventstore {
namespace {

TEST_CASE("a first commit stands at position and sequence 1 with its bytes as they were given") {
  Bench bench(GENERATE(from_range(Stores())));
  const auto done = bench.Append(Change(User("1"), 0, 3));
  REQUIRE(done.ok());
  CHECK(done->position == 3);
  CHECK(done->first_sequence == 1);
  CHECK(done->last_sequence == 3);
  CHECK(done->created_at == bench.clock().Now());
  const auto log = bench.Log();
  REQUIRE(log.size() == 3);
  for (uint64_t i = 0; i < 3; ++i) {
    CHECK(log[i].position == i + 1);
    CHECK(log[i].sequence == i + 1);
    CHECK(log[i].instance == kInstance);
    CHECK(log[i].keep == FOREVER);
    CHECK(log[i].created_at == done->created_at);
    CHECK(log[i].body == BodyOf(User("1"), i + 1));
  }
}

TEST_CASE("sequences count each instance apart while positions count all") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1", 7), 0)).ok());
  REQUIRE(bench.Append(Change(User("1", 8), 0)).ok());
  REQUIRE(bench.Append(Change(User("1", kSystemInstance), 0)).ok());
  const auto second = bench.Append(Change(User("1", 7), 1));
  REQUIRE(second.ok());
  CHECK(second->position == 4);
  CHECK(second->last_sequence == 2);
  CHECK(*bench.store().ReadSequence(7) == 2);
  CHECK(*bench.store().ReadSequence(8) == 1);
  CHECK(*bench.store().ReadSequence(kSystemInstance) == 1);
  CHECK(*bench.store().ReadSequence(9) == 0);
}

TEST_CASE("positions and sequences have no gap and no twin under 16 threads") {
  Bench bench(GENERATE(from_range(Stores())));
  constexpr int kThreads = 16;
  constexpr int kCommits = 40;
  absl::Mutex mutex;
  std::map<uint64_t, std::string> acknowledged;  // last position to stream
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const StreamKey stream = User(absl::StrCat(t), 1 + t % 3);
      for (int i = 0; i < kCommits; ++i) {
        const auto done = bench.Append(Change(stream, 2 * i, 2));
        absl::MutexLock lock(&mutex);
        if (done.ok()) acknowledged.emplace(done->position, stream.id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(acknowledged.size() == kThreads * kCommits);
  const auto log = bench.Log();
  REQUIRE(log.size() == 2 * kThreads * kCommits);
  std::map<uint64_t, uint64_t> sequences;
  for (size_t i = 0; i < log.size(); ++i) {
    REQUIRE(log[i].position == i + 1);
    REQUIRE(log[i].sequence == ++sequences[log[i].instance]);
    // The events of a commit stand beside each other: each even position ends one.
    if (i % 2 == 1) {
      REQUIRE(log[i].body == BodyOf(User(acknowledged.at(i + 1), log[i].instance),
                                    VersionOf(log[i - 1]) + 1));
    }
  }
}

TEST_CASE("a commit whose written stream moved changes nothing") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1"), 0)).ok());
  Commit late = Change(User("2"), 0);
  late.reads.push_back({User("1"), 0});
  late.events.push_back(EventOf(User("1"), 1));
  late.events[0].claims = {{"name", ClaimOf("a")}};
  late.keys = {KeyOf("k", "2")};
  const auto done = bench.Append(late);
  CHECK(done.status().code() == absl::StatusCode::kAborted);
  CHECK(Reason(done.status()) == "store.conflict");
  CHECK(bench.Log().size() == 1);
  CHECK(*bench.store().ReadHead(User("2")) == 0);
  CHECK(bench.Claims().empty());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "2")->keys.empty());
}

TEST_CASE("a commit whose stream was only read conflicts when it moved") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(Org("1"), 0)).ok());
  Commit commit = Change(User("1"), 0);
  commit.reads.push_back({Org("1"), 0});
  CHECK(Reason(bench.Append(commit).status()) == "store.conflict");
  commit.reads.back().version = 2;  // a version that does not exist
  CHECK(Reason(bench.Append(commit).status()) == "store.conflict");
  commit.reads.back().version = 1;
  CHECK(bench.Append(commit).ok());
}

TEST_CASE("a commit without events checks what was read and leaves no trace") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(Org("1"), 0, 2)).ok());
  REQUIRE(bench.Append(Change(Org("1", 8), 0, 1)).ok());
  const auto same = bench.Append({.instance = kInstance, .reads = {{Org("1"), 2}, {Org("2"), 0}}});
  REQUIRE(same.ok());
  CHECK(same->position == 3);
  CHECK(same->last_sequence == 2);
  const auto moved = bench.Append({.instance = kInstance, .reads = {{Org("1"), 1}}});
  CHECK(Reason(moved.status()) == "store.conflict");
  CHECK(bench.Log().size() == 3);
}

TEST_CASE("of many commits to one version of a stream exactly one wins") {
  Bench bench(GENERATE(from_range(Stores())));
  for (uint64_t version = 0; version < 5; ++version) {
    constexpr int kTries = 50;
    std::atomic<int> won = 0;
    std::atomic<int> lost = 0;
    absl::BlockingCounter answered(kTries);
    for (int i = 0; i < kTries; ++i) {
      bench.store().Append(Change(Org("1"), version), [&](absl::StatusOr<Committed> done) {
        if (done.ok()) ++won;
        if (Reason(done.status()) == "store.conflict") ++lost;
        answered.DecrementCount();
      });
    }
    answered.Wait();
    CHECK(won == 1);
    CHECK(lost == kTries - 1);
  }
  CHECK(bench.Stream(Org("1")).size() == 5);
}

TEST_CASE("events of several streams get their versions in the order of the commit") {
  Bench bench(GENERATE(from_range(Stores())));
  Commit commit{.instance = kInstance, .reads = {{User("1"), 0}, {Org("1"), 0}}};
  commit.events = {EventOf(User("1"), 1), EventOf(Org("1"), 1), EventOf(User("1"), 2)};
  REQUIRE(bench.Append(commit).ok());
  CHECK(*bench.store().ReadHead(User("1")) == 2);
  CHECK(*bench.store().ReadHead(Org("1")) == 1);
  const auto user = bench.Stream(User("1"));
  REQUIRE(user.size() == 2);
  CHECK(user[0].position == 1);
  CHECK(user[1].position == 3);
}

TEST_CASE("streams whose keys look alike are different streams") {
  Bench bench(GENERATE(from_range(Stores())));
  const std::string zero("a\0b", 3);
  for (const StreamKey& stream :
       {User(""), User("a"), User(zero), User("ab"), Org("a"), User("a", 8),
        StreamKey{kInstance, 4, AGGREGATE_USER, "a"}, User(std::string(500, 'x')),
        User("\u00ff\u00ff")}) {
    REQUIRE(bench.Append(Change(stream, 0)).ok());
    const auto events = bench.Stream(stream);
    REQUIRE(events.size() == 1);
    CHECK(events[0].body == BodyOf(stream, 1));
  }
}

TEST_CASE("a commit of 500 events and 1 MB is taken, a larger one is refused whole") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1"), 0, kMaxCommitEvents)).ok());
  CHECK(Reason(bench.Append(Change(User("2"), 0, kMaxCommitEvents + 1)).status()) ==
        "store.commit_too_large");
  Commit large = Change(User("2"), 0);
  large.events[0].body = std::string(kMaxCommitBytes, 'x');
  REQUIRE(bench.Append(large).ok());
  Commit larger = Change(User("3"), 0);
  larger.events[0].body = std::string(kMaxCommitBytes + 1, 'x');
  const auto refused = bench.Append(larger);
  CHECK(refused.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(Reason(refused.status()) == "store.commit_too_large");
  CHECK(bench.Log().size() == kMaxCommitEvents + 1);
  CHECK(bench.Stream(User("2"))[0].body == large.events[0].body);
}

TEST_CASE("a commit that breaks the rules is refused and never stored") {
  Bench bench(GENERATE(from_range(Stores())));
  Commit unread = Change(User("1"), 0);
  unread.reads.clear();
  Commit twice = Change(User("1"), 0);
  twice.reads.push_back(twice.reads[0]);
  Commit foreign = Change(User("1"), 0);
  foreign.instance = 8;
  Commit unkept = Change(User("1"), 0);
  unkept.events[0].keep = KEEP_UNSPECIFIED;
  Commit claim = Change(User("1"), 0);
  claim.events[0].claims = {{"name", "short"}};
  Commit keys{.instance = kInstance, .keys = {KeyOf("k", "1")}};
  Commit many_twice{.instance = kInstance};
  for (int i = 0; i < 40; ++i) many_twice.reads.push_back({User(absl::StrCat(i % 39)), 0});
  for (const Commit& commit : {unread, twice, foreign, unkept, claim, keys, many_twice}) {
    const auto refused = bench.Append(commit);
    CHECK(refused.status().code() == absl::StatusCode::kInternal);
    CHECK(Reason(refused.status()) == "store.commit_invalid");
  }
  CHECK(bench.Log().empty());
}

TEST_CASE("a commit may read hundreds of streams") {
  Bench bench(GENERATE(from_range(Stores())));
  Commit commit = Change(User("w"), 0);
  for (int i = 0; i < 300; ++i) commit.reads.push_back({Org(absl::StrCat(i)), 0});
  REQUIRE(bench.Append(commit).ok());
  REQUIRE(bench.Append(Change(Org("299"), 0)).ok());
  commit.reads[0].version = 1;
  CHECK(Reason(bench.Append(commit).status()) == "store.conflict");
}

TEST_CASE("times are whole microseconds and never go backwards with a clock that does") {
  Bench bench(GENERATE(from_range(Stores())));
  const absl::Time start = bench.clock().Now();
  bench.clock().Set(start + absl::Nanoseconds(1999));
  const auto first = bench.Append(Change(User("1"), 0));
  REQUIRE(first.ok());
  CHECK(first->created_at == start + absl::Microseconds(1));
  bench.clock().Set(start - absl::Hours(1));
  const auto second = bench.Append(Change(User("1"), 1));
  REQUIRE(second.ok());
  CHECK(second->created_at >= first->created_at);
  bench.clock().Set(start + absl::Hours(1));
  REQUIRE(bench.Append(Change(User("1"), 2)).ok());
  absl::Time last = absl::InfinitePast();
  for (const StoredEvent& event : bench.Log()) {
    CHECK(event.created_at >= last);
    last = event.created_at;
  }
  CHECK(last == start + absl::Hours(1));
}

TEST_CASE("what a callback tells of, every read sees, also from within the callback") {
  Bench bench(GENERATE(from_range(Stores())));
  for (uint64_t i = 0; i < 20; ++i) {
    absl::BlockingCounter answered(1);
    bool seen = false;
    bench.store().Append(Change(User("1"), i), [&](absl::StatusOr<Committed> done) {
      seen = done.ok() && *bench.store().ReadHead(User("1")) == i + 1 &&
             *bench.store().ReadSequence(kInstance) == done->last_sequence &&
             bench.store().ReadLogHead()->position == done->position &&
             bench.Log(done->position - 1).size() == 1;
      answered.DecrementCount();
    });
    answered.Wait();
    CHECK(seen);
  }
}

TEST_CASE("what was appended is answered before the store is gone") {
  std::atomic<int> answered = 0;
  {
    Bench bench(GENERATE(from_range(Stores())));
    for (int i = 0; i < 100; ++i) {
      bench.store().Append(Change(User(absl::StrCat(i)), 0),
                           [&](absl::StatusOr<Committed>) { ++answered; });
    }
  }
  CHECK(answered == 100);
}

}  // namespace
}  // namespace muniment::eventstore
