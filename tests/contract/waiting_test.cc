// Waiting for the log to grow: once, without polling, and safely forgotten.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "contract/harness.h"

namespace muniment::eventstore {
namespace {

TEST_CASE("a waiter is woken once when the log grows beyond its position") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1"), 0)).ok());
  std::atomic<int> woken = 0;
  absl::Notification first;
  const auto waiter = bench.store().WaitBeyond(1, [&] {
    if (++woken == 1) first.Notify();
  });
  CHECK(woken == 0);
  REQUIRE(bench.Append(Change(User("1"), 1)).ok());
  first.WaitForNotification();
  CHECK(bench.Log(1).size() == 1);
  REQUIRE(bench.Append(Change(User("1"), 2)).ok());
  REQUIRE(bench.Append(Change(User("1"), 3)).ok());
  CHECK(woken == 1);
}

TEST_CASE("a waiter for what stands already is woken at once, on another thread") {
  Bench bench(GENERATE(from_range(Stores())));
  REQUIRE(bench.Append(Change(User("1"), 0)).ok());
  absl::Notification woken;
  std::thread::id where;
  const auto waiter = bench.store().WaitBeyond(0, [&] {
    where = std::this_thread::get_id();
    woken.Notify();
  });
  woken.WaitForNotification();
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("a refused commit and a mere check wake nobody") {
  Bench bench(GENERATE(from_range(Stores())));
  std::atomic<int> woken = 0;
  const auto waiter = bench.store().WaitBeyond(0, [&] { ++woken; });
  CHECK_FALSE(bench.Append(Change(User("1"), 5)).ok());
  CHECK(bench.Append({.instance = kInstance, .reads = {{User("1"), 0}}}).ok());
  CHECK(woken == 0);
}

TEST_CASE("a forgotten waiter is not called any more") {
  Bench bench(GENERATE(from_range(Stores())));
  std::atomic<int> woken = 0;
  { const auto waiter = bench.store().WaitBeyond(0, [&] { ++woken; }); }
  REQUIRE(bench.Append(Change(User("1"), 0)).ok());
  REQUIRE(bench.Append(Change(User("1"), 1)).ok());
  CHECK(woken == 0);
}

TEST_CASE("a handle's destruction waits for a call under way") {
  Bench bench(GENERATE(from_range(Stores())));
  for (uint64_t i = 0; i < 100; ++i) {
    auto touched = std::make_unique<std::atomic<int>>(0);
    auto waiter = bench.store().WaitBeyond(i, [touched = touched.get()] { ++*touched; });
    bool appended = false;
    std::thread appender([&] { appended = bench.Append(Change(User("1"), i)).ok(); });
    if (i % 3 == 1) std::this_thread::yield();
    if (i % 3 == 2) absl::SleepFor(absl::Microseconds(50 * (i % 10)));
    waiter.reset();
    CHECK(*touched <= 1);
    touched.reset();
    appender.join();
    CHECK(appended);
  }
}

TEST_CASE("a callback may destroy its own handle and wait again") {
  Bench bench(GENERATE(from_range(Stores())));
  struct Follower {
    Bench& bench;
    std::unique_ptr<EventStore::Waiter> waiter = nullptr;
    uint64_t seen = 0;
    absl::Notification done = {};

    void Follow() {
      waiter = bench.store().WaitBeyond(seen, [this] {
        (void)bench.store().ReadLog(seen, [this](const StoredEvent&) { return ++seen > 0; });
        if (seen >= 20) {
          waiter.reset();
          done.Notify();
        } else {
          Follow();
        }
      });
    }
  };
  Follower follower{bench};
  follower.Follow();
  for (uint64_t i = 0; i < 20; ++i) REQUIRE(bench.Append(Change(User("1"), i)).ok());
  follower.done.WaitForNotification();
  CHECK(follower.seen == 20);
}

TEST_CASE("many waiters are each woken at their own position") {
  Bench bench(GENERATE(from_range(Stores())));
  constexpr int kWaiters = 50;
  absl::BlockingCounter woken(kWaiters);
  std::atomic<int> early = 0;
  std::vector<std::unique_ptr<EventStore::Waiter>> waiters;
  for (uint64_t i = 0; i < kWaiters; ++i) {
    waiters.push_back(bench.store().WaitBeyond(i, [&, i] {
      if (bench.store().ReadLogHead()->position <= i) ++early;
      woken.DecrementCount();
    }));
  }
  for (uint64_t i = 0; i < kWaiters; ++i) REQUIRE(bench.Append(Change(User("1"), i)).ok());
  woken.Wait();
  CHECK(early == 0);
}

TEST_CASE("a closing store wakes whoever waits, and handles may outlive it") {
  std::atomic<int> woken = 0;
  std::unique_ptr<EventStore::Waiter> waiter;
  {
    Bench bench(GENERATE(from_range(Stores())));
    waiter = bench.store().WaitBeyond(100, [&] { ++woken; });
  }
  CHECK(woken == 1);
  waiter.reset();
}

}  // namespace
}  // namespace muniment::eventstore
