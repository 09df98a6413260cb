// Leases: one holder at a time, terms that only rise, and commits that are refused once their term
// is not the newest.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "contract/harness.h"

namespace muniment::eventstore {
namespace {

constexpr absl::string_view kName = "reactors";
constexpr absl::Duration kTtl = absl::Seconds(10);

Lease Take(Bench& bench, absl::string_view holder, absl::Duration ttl = kTtl,
           absl::string_view name = kName) {
  const auto lease = bench.store().TakeLease(name, holder, ttl);
  INFO(lease.status());
  REQUIRE(lease.ok());
  return *lease;
}

Commit Fenced(Commit commit, uint64_t term, absl::string_view name = kName) {
  commit.fence = Fence{std::string(name), term};
  return commit;
}

TEST_CASE("a lease is held by one, who renews it under its term") {
  Bench bench(GENERATE(from_range(Stores())));
  const Lease first = Take(bench, "a");
  CHECK(first.held);
  CHECK(first.term >= 1);
  CHECK(first.left == kTtl);
  bench.clock().Advance(absl::Seconds(4));
  const Lease other = Take(bench, "b");
  CHECK_FALSE(other.held);
  CHECK(other.term == first.term);
  CHECK(other.left == absl::Seconds(6));
  const Lease renewed = Take(bench, "a");
  CHECK(renewed.held);
  CHECK(renewed.term == first.term);
  CHECK(Take(bench, "b").left == kTtl);
  CHECK(Take(bench, "b", kTtl, "another").held);
  CHECK(bench.store().ReadLogHead()->position == 0);
}

TEST_CASE("a lease that is over goes to the next who asks, under a higher term") {
  Bench bench(GENERATE(from_range(Stores())));
  const Lease first = Take(bench, "a");
  bench.clock().Advance(kTtl - absl::Microseconds(1));
  CHECK_FALSE(Take(bench, "b").held);
  bench.clock().Advance(absl::Microseconds(1));
  const Lease second = Take(bench, "b");
  CHECK(second.held);
  CHECK(second.term > first.term);
  const Lease late = Take(bench, "a");
  CHECK_FALSE(late.held);
  CHECK(late.term == second.term);
}

TEST_CASE("a holder who was late keeps his term while nobody else asked") {
  Bench bench(GENERATE(from_range(Stores())));
  const Lease first = Take(bench, "a");
  bench.clock().Advance(absl::Hours(3));
  CHECK(bench.Append(Fenced(Change(User("1"), 0), first.term)).ok());
  const Lease again = Take(bench, "a");
  CHECK(again.held);
  CHECK(again.term == first.term);
}

TEST_CASE("what the last holder sends late is refused, and nothing of it stands") {
  Bench bench(GENERATE(from_range(Stores())));
  const Lease first = Take(bench, "a");
  REQUIRE(bench.Append(Fenced(Change(User("1"), 0), first.term)).ok());
  bench.clock().Advance(kTtl);
  const Lease second = Take(bench, "b");
  Commit late = Fenced(Change(User("1"), 1), first.term);
  late.events[0].claims = {{"name", ClaimOf("late")}};
  late.keys = {KeyOf("late", "1")};
  const auto refused = bench.Append(late);
  CHECK(refused.status().code() == absl::StatusCode::kAborted);
  CHECK(Reason(refused.status()) == "store.fenced");
  CHECK(Reason(bench.Append(Fenced({.instance = kInstance, .reads = {{User("1"), 1}}}, first.term))
                   .status()) == "store.fenced");
  // Not even what else is wrong with it is told.
  CHECK(Reason(bench.Append(Fenced(Change(User("1"), 7), first.term)).status()) == "store.fenced");
  CHECK(bench.Log().size() == 1);
  CHECK(bench.Claims().empty());
  CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->keys.empty());
  CHECK(bench.Append(Fenced(Change(User("1"), 1), second.term)).ok());
  CHECK(Reason(bench.Append(Fenced(Change(User("1"), 1), second.term)).status()) ==
        "store.conflict");
  // Whoever acts for himself needs no lease.
  CHECK(bench.Append(Change(User("2"), 0)).ok());
}

TEST_CASE("a term that was never given fences nothing in") {
  Bench bench(GENERATE(from_range(Stores())));
  CHECK(Reason(bench.Append(Fenced(Change(User("1"), 0), 0)).status()) == "store.fenced");
  CHECK(Reason(bench.Append(Fenced(Change(User("1"), 0), 1)).status()) == "store.fenced");
  const Lease lease = Take(bench, "a");
  CHECK(Reason(bench.Append(Fenced(Change(User("1"), 0), lease.term + 1)).status()) ==
        "store.fenced");
  CHECK(Reason(bench.Append(Fenced(Change(User("1"), 0), lease.term, "another")).status()) ==
        "store.fenced");
  CHECK(bench.Log().empty());
}

TEST_CASE("a lease that is given back is free at once, but only its holder gives it back") {
  Bench bench(GENERATE(from_range(Stores())));
  const Lease first = Take(bench, "a");
  REQUIRE(bench.store().ReleaseLease(kName, "b").ok());
  CHECK_FALSE(Take(bench, "b").held);
  REQUIRE(bench.store().ReleaseLease(kName, "a").ok());
  REQUIRE(bench.store().ReleaseLease(kName, "a").ok());
  REQUIRE(bench.store().ReleaseLease("unknown", "a").ok());
  const Lease second = Take(bench, "b");
  CHECK(second.held);
  CHECK(second.term > first.term);
}

TEST_CASE("terms rise across a restart, whoever asks") {
  for (const StoreKind& kind : DurableStores()) {
    Bench bench(kind);
    uint64_t term = 0;
    for (int i = 0; i < 4; ++i) {
      const Lease lease = Take(bench, absl::StrCat("holder ", i));
      CHECK(lease.held);
      CHECK(lease.term > term);
      term = lease.term;
      bench.Reopen();
      bench.clock().Advance(kTtl);
      CHECK(bench.Append(Fenced(Change(User(absl::StrCat(i)), 0), term)).ok());
    }
  }
}

TEST_CASE("a clock that is set back prolongs a lease by no more than its length") {
  Bench bench(GENERATE(from_range(Stores())));
  const Lease first = Take(bench, "a");
  bench.clock().Advance(-absl::Hours(5));
  const Lease asked = Take(bench, "b");
  CHECK_FALSE(asked.held);
  CHECK(asked.left == kTtl);
  bench.clock().Advance(kTtl);
  const Lease taken = Take(bench, "b");
  CHECK(taken.held);
  CHECK(taken.term > first.term);
}

TEST_CASE("when a lease has gone no commit of its last holder follows, however many are under way") {
  Bench bench(GENERATE(from_range(Stores())));
  constexpr int kThreads = 4;
  constexpr uint64_t kCommits = 100;
  std::atomic<uint64_t> term = Take(bench, "a").term;
  const uint64_t first_term = term;
  std::atomic<uint64_t> stored = 0, refused = 0, others = 0;
  absl::BlockingCounter answered(kThreads * kCommits);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < kCommits; ++i) {
        bench.store().Append(
            Fenced(Change(User(absl::StrCat(t, "-", i)), 0), first_term),
            [&](absl::StatusOr<Committed> done) {
              const bool fenced = Reason(done.status()) == "store.fenced";
              ++(done.ok() ? stored : fenced ? refused : others);
              answered.DecrementCount();
            });
      }
    });
  }
  // Somewhere in the middle of it.
  while (stored == 0) std::this_thread::yield();
  bench.clock().Advance(kTtl);
  const Lease second = Take(bench, "b");
  CHECK(second.held);
  const size_t then = bench.Log().size();
  for (std::thread& thread : threads) thread.join();
  answered.Wait();
  CHECK(others == 0);
  CHECK(stored + refused == kThreads * kCommits);
  CHECK(stored == then);
  CHECK(bench.Log().size() == then);
}

TEST_CASE("of many who ask at once one gets the lease") {
  Bench bench(GENERATE(from_range(Stores())));
  std::atomic<int> held = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const auto lease = bench.store().TakeLease(kName, absl::StrCat("holder ", t), kTtl);
      if (lease.ok() && lease->held) ++held;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(held == 1);
}

TEST_CASE("a lease without a name, a holder or a sensible time is refused") {
  Bench bench(GENERATE(from_range(Stores())));
  const std::string long_name(65, 'x');
  const auto reason = [&](absl::string_view name, absl::string_view holder, absl::Duration ttl) {
    return Reason(bench.store().TakeLease(name, holder, ttl).status());
  };
  CHECK(reason("", "a", kTtl) == "store.lease_invalid");
  CHECK(reason(long_name, "a", kTtl) == "store.lease_invalid");
  CHECK(reason(kName, "", kTtl) == "store.lease_invalid");
  CHECK(reason(kName, long_name, kTtl) == "store.lease_invalid");
  CHECK(reason(kName, "a", absl::ZeroDuration()) == "store.lease_invalid");
  CHECK(reason(kName, "a", absl::Hours(2)) == "store.lease_invalid");
  CHECK(Take(bench, "a").held);
}

}  // namespace
}  // namespace muniment::eventstore
