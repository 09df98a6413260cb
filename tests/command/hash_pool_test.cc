#include "command/hash_pool.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "tests/base/eventually.h"

namespace muniment::command {
namespace {

constexpr int kSlow = 40;

// A hash "slow" is not done before it is let go; one costs a hundred of the others.
struct Held {
  explicit Held(int threads) : pool(threads, Functions()) {}
  // Or the pool would wait for it.
  ~Held() {
    if (!go.HasBeenNotified()) go.Notify();
  }

  PasswordFunctions Functions() {
    PasswordFunctions functions;
    functions.hash = [](absl::string_view) { return std::string("hash"); };
    functions.verify = [this](absl::string_view hash, absl::string_view) {
      if (hash != "slow") return true;
      ++slow_begun;
      most_slow = std::max(most_slow.load(), ++slow_now);
      go.WaitForNotification();
      --slow_now;
      return true;
    };
    functions.cost = [](absl::string_view hash) { return hash == "slow" ? 100.0 : 1.0; };
    return functions;
  }
  void Verify(const std::string& key, const std::string& hash,
              absl::Time deadline = absl::InfiniteFuture()) {
    pool.Verify(key, Secret("p"), hash, deadline, [this, key](const absl::StatusOr<bool>& right) {
      const std::lock_guard lock(mutex);
      told.push_back(right.ok() ? key : absl::StrCat(key, " ", Reason(right.status())));
    });
  }
  std::vector<std::string> Told() {
    const std::lock_guard lock(mutex);
    return told;
  }
  bool HasTold(size_t count) {
    return Eventually([&] { return Told().size() >= count; });
  }

  std::atomic<int> slow_begun{0}, slow_now{0}, most_slow{0};
  std::mutex mutex;
  std::vector<std::string> told;
  absl::Notification go;
  HashPool pool;
};

TEST_CASE("behind forty slow passwords of one user another waits for the one that has begun") {
  Held held(1);
  for (int i = 0; i < kSlow; ++i) held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  for (const char* user : {"bob", "cid", "dan"}) held.Verify(user, "quick");
  held.go.Notify();
  REQUIRE(held.HasTold(kSlow + 3));
  const std::vector<std::string> told = held.Told();
  CHECK(std::vector<std::string>(told.begin(), told.begin() + 5) ==
        std::vector<std::string>{"ada", "bob", "cid", "dan", "ada"});
}

TEST_CASE("one user takes no more than one thread, however many passwords are tried at once") {
  Held held(2);
  for (int i = 0; i < kSlow; ++i) held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  std::vector<std::string> others;
  for (int i = 0; i < 20; ++i) {
    others.push_back(absl::StrCat("other", i));
    held.Verify(others.back(), "quick");
  }
  REQUIRE(held.HasTold(others.size()));
  CHECK(held.Told() == others);
  CHECK(held.slow_begun == 1);
  held.go.Notify();
  REQUIRE(held.HasTold(others.size() + kSlow));
  CHECK(held.most_slow == 1);
}

TEST_CASE("users take turns, each with the passwords that wait behind his first") {
  Held held(1);
  held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  for (int i = 0; i < 3; ++i) {
    for (const char* user : {"bob", "bob", "cid"}) held.Verify(user, "quick");
  }
  held.go.Notify();
  REQUIRE(held.HasTold(10));
  CHECK(held.Told() == std::vector<std::string>{"ada", "bob", "cid", "bob", "cid", "bob", "cid",
                                                "bob", "bob", "bob"});
}

TEST_CASE("whether a deadline can be kept is judged by what stands before it, and what that costs") {
  Held held(2);
  const auto soon = [] { return absl::Now() + absl::Seconds(10); };
  held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  // As long as six hundred of 20 ms: behind them this deadline cannot be kept, beside them it can.
  for (int i = 0; i < 5; ++i) held.Verify("ada", "slow");
  held.Verify("ada", "quick", soon());
  REQUIRE(held.HasTold(1));
  CHECK(held.Told().back() == "ada command.hash_queue_full");
  held.Verify("bob", "quick", soon());
  REQUIRE(held.HasTold(2));
  CHECK(held.Told().back() == "bob");
  // Many lines of quick ones are as long as all of them.
  held.Verify("cid", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 2; }));
  for (int i = 0; i < 1200; ++i) held.Verify(absl::StrCat("many", i), "quick");
  held.Verify("dan", "quick", soon());
  REQUIRE(held.HasTold(3));
  CHECK(held.Told().back() == "dan command.hash_queue_full");
  held.go.Notify();
  REQUIRE(held.HasTold(1210));
}

TEST_CASE("what could not be begun in time is refused, and its user's next is not") {
  Held held(1);
  held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  held.Verify("bob", "quick", absl::Now() + absl::Seconds(3));
  held.Verify("bob", "quick");
  CHECK(held.Told() == std::vector<std::string>{});
  absl::SleepFor(absl::Seconds(3));
  held.go.Notify();
  REQUIRE(held.HasTold(3));
  CHECK(held.Told() ==
        std::vector<std::string>{"ada", "bob command.hash_queue_full", "bob"});
}

TEST_CASE("a pool that goes has told everybody first") {
  std::atomic<int> told{0};
  {
    PasswordFunctions functions;
    functions.hash = [](absl::string_view) { return std::string("hash"); };
    functions.verify = [](absl::string_view, absl::string_view) { return true; };
    HashPool pool(2, functions);
    for (int i = 0; i < 200; ++i) {
      pool.Verify(absl::StrCat(i % 3), Secret("p"), "hash", absl::InfiniteFuture(),
                  [&](const absl::StatusOr<bool>& right) { told += right.ok(); });
      pool.Hash(Secret("p"), absl::InfiniteFuture(),
                [&](const absl::StatusOr<std::string>& hash) { told += hash.ok(); });
    }
  }
  CHECK(told == 400);
}

}  // namespace
}  // namespace muniment::command
