#include "command/hash_pool.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "tests/base/eventually.h"

namespace muniment::command {
namespace {

constexpr int kSlow = 40;

// Hashes "slow" and "held" are not done before they are let go, the others at once.
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
      if (begins != nullptr) begins(hash);
      if (hash == "held") {
        ++held_begun;
        go.WaitForNotification();
      }
      if (hash != "slow") return true;
      ++slow_begun;
      most_slow = std::max(most_slow.load(), ++slow_now);
      go.WaitForNotification();
      --slow_now;
      return true;
    };
    functions.cost = [](absl::string_view hash) {
      if (hash == "slow") return 100.0;
      if (hash == "dear") return 10.0;
      return hash == "dearer" ? 30.0 : 1.0;
    };
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

  std::atomic<int> held_begun{0}, slow_begun{0}, slow_now{0}, most_slow{0};
  std::function<void(absl::string_view hash)> begins;  // set before the first
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
  // Nine slow ones of others stand before a tenth, and none of them before a quick one.
  for (int i = 0; i < 8; ++i) held.Verify(absl::StrCat("slow", i), "slow");
  held.Verify("cid", "slow", soon());
  REQUIRE(held.HasTold(3));
  CHECK(held.Told().back() == "cid command.hash_queue_full");
  held.Verify("dan", "quick", soon());
  REQUIRE(held.HasTold(4));
  CHECK(held.Told().back() == "dan");
  // Many lines of quick ones are as long as all of them.
  held.Verify("eve", "held");
  REQUIRE(Eventually([&] { return held.held_begun == 1; }));
  for (int i = 0; i < 3000; ++i) held.Verify(absl::StrCat("many", i), "quick");
  held.Verify("fay", "quick", soon());
  REQUIRE(held.HasTold(5));
  CHECK(held.Told().back() == "fay command.hash_queue_full");
  held.go.Notify();
  REQUIRE(held.HasTold(3020));
}

TEST_CASE("slow passwords of forty users leave a thread to all others") {
  for (const int threads : {2, 4}) {
    Held held(threads);
    for (int i = 0; i < kSlow; ++i) held.Verify(absl::StrCat("slow", i), "slow");
    REQUIRE(Eventually([&] { return held.slow_begun == threads - 1; }));
    std::vector<std::string> others;
    for (int i = 0; i < 20; ++i) {
      others.push_back(absl::StrCat("other", i));
      held.Verify(others.back(), "quick");
    }
    REQUIRE(held.HasTold(others.size()));
    CHECK(held.Told() == others);
    CHECK(held.slow_begun == threads - 1);
    held.go.Notify();
    REQUIRE(held.HasTold(others.size() + kSlow));
    CHECK(held.most_slow == threads - 1);
  }
}

TEST_CASE("on a single thread dear passwords and the others get the same time") {
  Held held(1);
  held.Verify("first", "held");
  REQUIRE(Eventually([&] { return held.held_begun == 1; }));
  std::vector<std::string> expected = {"first"};
  for (int i = 0; i < 3; ++i) held.Verify(absl::StrCat("dear", i), "dear");
  for (int i = 0; i < 25; ++i) {
    held.Verify(absl::StrCat("other", i), "quick");
    // Ten others cost as much as a dear one.
    if (i % 10 == 0) expected.push_back(absl::StrCat("dear", i / 10));
    expected.push_back(absl::StrCat("other", i));
  }
  held.go.Notify();
  REQUIRE(held.HasTold(expected.size()));
  CHECK(held.Told() == expected);
}

TEST_CASE("whose hash is dearer is tried less often") {
  Held held(1);
  held.Verify("first", "held");
  REQUIRE(Eventually([&] { return held.held_begun == 1; }));
  for (int i = 0; i < 2; ++i) held.Verify("ada", "dearer");
  for (int i = 0; i < 4; ++i) held.Verify("bob", "dear");
  held.go.Notify();
  REQUIRE(held.HasTold(7));
  CHECK(held.Told() == std::vector<std::string>{"first", "ada", "bob", "bob", "bob", "ada", "bob"});
}

TEST_CASE("who comes once with a dear hash stands before those that are tried again and again") {
  Held held(1);
  int begun = 0;
  held.begins = [&](absl::string_view hash) {
    // As the second round of the five begins.
    if (hash == "dear" && ++begun == 6) held.Verify("vic", "dear");
  };
  held.Verify("first", "held");
  REQUIRE(Eventually([&] { return held.held_begun == 1; }));
  for (int i = 0; i < 15; ++i) held.Verify(absl::StrCat("user", i % 5), "dear");
  held.go.Notify();
  REQUIRE(held.HasTold(17));
  const std::vector<std::string> told = held.Told();
  CHECK(std::vector<std::string>(told.begin() + 5, told.begin() + 9) ==
        std::vector<std::string>{"user4", "user0", "vic", "user1"});
}

TEST_CASE("tries one after the other count like those at once") {
  Held held(1);
  int begun = 0;
  held.begins = [&](absl::string_view hash) {
    if (hash != "dear") return;
    ++begun;
    // ada's next comes when hers is done, that is while bob's is checked; cid's first after it.
    if (begun == 2) held.Verify("ada", "dear");
    if (begun == 2) held.Verify("cid", "dear");
  };
  held.Verify("first", "held");
  REQUIRE(Eventually([&] { return held.held_begun == 1; }));
  held.Verify("ada", "dear");
  held.Verify("bob", "dear");
  held.go.Notify();
  REQUIRE(held.HasTold(5));
  CHECK(held.Told() == std::vector<std::string>{"first", "ada", "bob", "cid", "ada"});
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

TEST_CASE("what would end too late is refused at its turn, before its deadline") {
  Held held(1);
  held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  // Ten of 20 ms, of which a half is left.
  const absl::Time deadline = absl::Now() + absl::Seconds(4);
  held.Verify("bob", "dear", deadline);
  absl::SleepFor(absl::Milliseconds(3900));
  held.go.Notify();
  REQUIRE(held.HasTold(2));
  CHECK(absl::Now() < deadline);
  CHECK(held.Told() == std::vector<std::string>{"ada", "bob command.hash_queue_full"});
}

TEST_CASE("a tenth of the time is left for what comes after a hash") {
  Held held(1);
  held.Verify("ada", "slow");
  REQUIRE(Eventually([&] { return held.slow_begun == 1; }));
  // Behind a hundred of 20 ms, and one more.
  held.Verify("bob", "quick", absl::Now() + absl::Milliseconds(2100));
  REQUIRE(held.HasTold(1));
  CHECK(held.Told().back() == "bob command.hash_queue_full");
  held.Verify("cid", "quick", absl::Now() + absl::Seconds(3));
  held.go.Notify();
  REQUIRE(held.HasTold(3));
  CHECK(held.Told().back() == "cid");
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
