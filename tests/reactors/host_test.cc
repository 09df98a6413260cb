// Work is done once, failures are tried again and given up, and nobody waits for another.
#include "gateway/reactors/host.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/memory/memory_store.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "muniment/api/work/v1/work_service.pb.h"
#include "tests/base/temp_dir.h"
#include "tests/eventstore/altered_store.h"
#include "tests/reactors/platform.h"

namespace muniment::gateway {
namespace {

using muniment::api::work::v1::RetryDeadLetterRequest;

constexpr char kRetryMethod[] = "muniment.api.work.v1.WorkService/RetryDeadLetter";

// What was done outside, as its receiver would count it.
class Effects {
 public:
  void Add(const Action& action) {
    absl::MutexLock lock(&mutex_);
    ++effects_[action.work().Key()];
  }
  size_t size() const {
    absl::MutexLock lock(&mutex_);
    return effects_.size();
  }
  int most() const {
    absl::MutexLock lock(&mutex_);
    int most = 0;
    for (const auto& [key, times] : effects_) most = std::max(most, times);
    return most;
  }
  int total() const {
    absl::MutexLock lock(&mutex_);
    int total = 0;
    for (const auto& [key, times] : effects_) total += times;
    return total;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, int> effects_ ABSL_GUARDED_BY(mutex_);
};

Reactor Counting(Effects& effects, const std::string& work = "test") {
  Reactor reactor;
  reactor.work = work;
  reactor.act = [&effects](Action& action) {
    effects.Add(action);
    return absl::OkStatus();
  };
  return reactor;
}

// Tried again at once.
Retry Quick(uint32_t attempts) {
  return {.attempts = attempts, .first = absl::Milliseconds(2), .last = absl::Milliseconds(10)};
}

std::vector<std::string> Numbers(int count) {
  std::vector<std::string> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(absl::StrCat(i));
  return numbers;
}

// A store in memory and a folder for read models.
struct Memory {
  explicit Memory(Clock& clock = SystemClock()) : store(clock) {}
  std::string Models(int number) const { return dir / absl::StrCat(number); }

  const TempDir dir;
  const MasterKey& master = TestMaster();
  eventstore::MemoryStore store;
};

TEST_CASE("work that was asked for is done once, and a replay of the log causes nothing") {
  Memory memory;
  Effects effects;
  {
    WorkNode node(memory.store, memory.master, memory.Models(1));
    REQUIRE(node.Request("test", Numbers(100)).ok());
    CHECK(node.Queue("test") == 100);
    node.Start({Counting(effects)});
    REQUIRE(Await([&] { return node.Queue("test") == 0; }));
    // What is asked for while it runs wakes it.
    REQUIRE(node.Request("test", {"late"}).ok());
    REQUIRE(Await([&] { return effects.size() == 101 && node.Queue("test") == 0; }));
    CHECK(node.Events("org.work.done") == 101);
    // It counts after the models show it.
    CHECK(Await([&] { return node.host().counts("test").done == 101; }));
    CHECK(node.host().leads());
  }
  // Read models made anew, by another node.
  WorkNode node(memory.store, memory.master, memory.Models(2), 2);
  node.Start({Counting(effects)});
  REQUIRE(node.Request("test", {"last"}).ok());
  REQUIRE(Await([&] { return effects.size() == 102 && node.Queue("test") == 0; }));
  CHECK(effects.most() == 1);
}

TEST_CASE("work that always fails ends as a dead letter and stops nobody") {
  Memory memory;
  Effects effects;
  WorkNode node(memory.store, memory.master, memory.Models(1));
  std::atomic<int> attempts = 0, too_often = 0;
  std::atomic<bool> broken = true;
  Reactor failing;
  failing.work = "failing";
  failing.retry = Quick(4);
  failing.act = [&](Action& action) {
    ++attempts;
    if (!broken) return absl::OkStatus();
    if (action.work().attempts >= 4) ++too_often;
    return Error(absl::StatusCode::kInternal, "mail.refused", "The server refuses it.");
  };
  node.Start({failing, Counting(effects)});
  REQUIRE(node.Request("failing", {"7/a"}).ok());
  REQUIRE(node.Request("test", Numbers(50)).ok());
  REQUIRE(Await([&] { return node.Letters().size() == 1; }));
  REQUIRE(Await([&] { return node.Queue("test") == 0; }));
  CHECK(effects.total() == 50);
  CHECK(attempts == 4);
  CHECK(too_often == 0);
  CHECK(node.Queue("failing") == 0);
  CHECK(node.Events("org.work.failed") == 3);
  const row::v1::DeadLetter letter = node.Letters().front();
  CHECK(letter.attempts() == 4);
  CHECK(letter.reason() == "mail.refused: The server refuses it.");
  CHECK(letter.stamp().created().seconds() > 0);
  CHECK(letter.requested().seconds() > 0);
  // It counts an attempt once its outcome is in the log, where the letter may be read before.
  REQUIRE(Await([&] { return node.host().counts("failing").given_up == 1; }));
  CHECK(node.host().counts("failing").failed == 4);

  // Put back it has all its attempts again.
  const WorkId id{letter.name(), letter.aggregate(), letter.resource_id(), letter.request()};
  RetryDeadLetterRequest retry;
  retry.set_id("failing/org/7/a/99");
  CHECK(Reason(node.Call(kRetryMethod, retry)) == "work.not_found");
  retry.set_id(id.ToString());
  REQUIRE(node.Call(kRetryMethod, retry).ok());
  REQUIRE(Await([&] { return attempts == 8 && node.Letters().size() == 1; }));
  broken = false;
  REQUIRE(node.Call(kRetryMethod, retry).ok());
  REQUIRE(Await([&] { return node.Events("org.work.done") == 51; }));
  CHECK(node.Letters().empty());
  CHECK(attempts == 9);
  CHECK(Reason(node.Call(kRetryMethod, retry)) == "work.not_found");
}

TEST_CASE("what cannot be done ever is given up at once") {
  Memory memory;
  WorkNode node(memory.store, memory.master, memory.Models(1));
  std::atomic<int> attempts = 0;
  Reactor reactor;
  reactor.work = "test";
  reactor.act = [&](Action&) -> absl::Status {
    ++attempts;
    return Error(absl::StatusCode::kFailedPrecondition, "mail.no_address", std::string(900, 'x'));
  };
  node.Start({reactor});
  REQUIRE(node.Request("test", {"1"}).ok());
  REQUIRE(Await([&] { return node.Letters().size() == 1; }));
  CHECK(attempts == 1);
  CHECK(node.Letters().front().reason().size() == 500);
}

TEST_CASE("an outcome that nothing lets stand is a failure of the work") {
  Memory memory;
  WorkNode node(memory.store, memory.master, memory.Models(1));
  Reactor reactor;
  reactor.work = "test";
  reactor.retry = Quick(2);
  reactor.act = [](Action&) { return absl::OkStatus(); };
  reactor.done = [](command::Unit&, const Work&) {
    return Error(absl::StatusCode::kInvalidArgument, "test.refused", "No.");
  };
  node.Start({reactor});
  REQUIRE(node.Request("test", {"1"}).ok());
  REQUIRE(Await([&] { return node.Letters().size() == 1; }));
  CHECK(node.Letters().front().reason() == "test.refused: No.");
  CHECK(node.Events("org.work.failed") == 1);
}

TEST_CASE("a reactor that hangs holds up no other, and acts on no more than its share") {
  Memory memory;
  Effects effects;
  WorkNode node(memory.store, memory.master, memory.Models(1));
  absl::Notification go;
  std::atomic<size_t> inside = 0, most = 0;
  Reactor hanging;
  hanging.work = "hanging";
  hanging.at_once = 3;
  hanging.act = [&](Action&) {
    most = std::max<size_t>(most, ++inside);
    go.WaitForNotification();
    --inside;
    return absl::OkStatus();
  };
  node.Start({hanging, Counting(effects)});
  REQUIRE(node.Request("hanging", Numbers(20)).ok());
  REQUIRE(Await([&] { return inside == 3; }));
  REQUIRE(node.Request("test", Numbers(20)).ok());
  REQUIRE(Await([&] { return node.Queue("test") == 0; }));
  CHECK(node.Queue("hanging") == 20);
  go.Notify();
  REQUIRE(Await([&] { return node.Queue("hanging") == 0; }));
  CHECK(most == 3);
}

TEST_CASE("of two nodes one acts, and the other takes over when it goes down in order") {
  Memory memory;
  Effects by_a, by_b;
  WorkNode a(memory.store, memory.master, memory.Models(1), 1);
  WorkNode b(memory.store, memory.master, memory.Models(2), 2);
  REQUIRE(a.Request("test", Numbers(20)).ok());
  const HostOptions options{.ttl = absl::Milliseconds(500)};
  a.Start({Counting(by_a)}, options);
  REQUIRE(Await([&] { return a.Queue("test") == 0; }));
  b.Start({Counting(by_b)}, options);
  REQUIRE(b.Request("test", {"more"}).ok());
  REQUIRE(Await([&] { return by_a.size() + by_b.size() == 21 && b.Queue("test") == 0; }));
  a.Stop();
  REQUIRE(b.Request("test", {"still more"}).ok());
  // b was told how long a may hold it, and asks again then.
  REQUIRE(Await([&] { return b.Queue("test") == 0; }));
  CHECK(by_b.total() >= 1);
  CHECK(by_a.total() + by_b.total() == 22);
}

TEST_CASE("a leader that is cut off longer than its lease lasts stores nothing after that") {
  Memory memory;
  eventstore::AlteredStore of_a(memory.store);
  std::atomic<bool> cut = false;
  of_a.lease = [&] { return cut ? absl::UnavailableError("cut off") : absl::OkStatus(); };
  WorkNode a(of_a, memory.master, memory.Models(1), 1);
  WorkNode b(memory.store, memory.master, memory.Models(2), 2);
  // What b takes it keeps, however slow the machine is.
  const HostOptions brief{.ttl = absl::Milliseconds(300)}, lasting{.ttl = absl::Minutes(10)};
  absl::Notification acting, wake, woken;
  std::atomic<bool> may_act = true;
  std::atomic<int> by_a = 0;
  Effects by_b;
  Reactor hanging;
  hanging.work = "test";
  hanging.at_once = 1;
  hanging.act = [&](Action& action) {
    if (++by_a > 1) return absl::OkStatus();
    acting.Notify();
    wake.WaitForNotification();
    may_act = action.MayAct();
    woken.Notify();
    return absl::OkStatus();
  };
  REQUIRE(a.Request("test", Numbers(10)).ok());
  a.Start({hanging}, brief);
  acting.WaitForNotification();
  cut = true;
  b.Start({Counting(by_b)}, lasting);
  REQUIRE(Await([&] { return b.Queue("test") == 0; }));
  CHECK(by_b.total() == 10);
  wake.Notify();
  woken.WaitForNotification();
  CHECK_FALSE(may_act);
  cut = false;
  REQUIRE(a.Request("test", {"another"}).ok());
  REQUIRE(Await([&] { return b.Queue("test") == 0 && a.Queue("test") == 0; }));
  a.Stop();
  b.Stop();
  CHECK(b.Events("org.work.done") == 11);
  CHECK(by_a == 1);
  CHECK(by_b.total() == 11);
}

TEST_CASE("an outcome whose answer was lost is stored once, and its action is not repeated") {
  Memory memory;
  eventstore::AlteredStore lossy(memory.store);
  std::atomic<int> lost = 0;
  WorkNode node(lossy, memory.master, memory.Models(1));
  Effects effects;
  Reactor reactor = Counting(effects);
  const auto act = reactor.act;
  reactor.act = [&, act](Action& action) {
    // The next two answers.
    lost = 2;
    return act(action);
  };
  lossy.answer = [&](absl::StatusOr<eventstore::Committed>& answer) {
    if (lost.load() <= 0 || !answer.ok()) return;
    --lost;
    answer = Error(absl::StatusCode::kUnknown, "store.outcome_unknown", "Nobody knows.");
  };
  REQUIRE(node.Request("test", {"1"}).ok());
  node.Start({reactor});
  REQUIRE(Await([&] { return node.Queue("test") == 0 && lost == 0; }));
  node.Stop();
  CHECK(node.Events("org.work.done") == 1);
  CHECK(effects.total() == 1);
}

TEST_CASE("a clock that is set back delays no work") {
  ManualClock clock;
  Memory memory(clock);
  WorkNode node(memory.store, memory.master, memory.Models(1));
  std::atomic<int> attempts = 0;
  Reactor reactor;
  reactor.work = "test";
  reactor.retry = Quick(5);
  reactor.act = [&](Action&) {
    clock.Advance(-absl::Hours(5));
    return ++attempts < 3 ? absl::InternalError("not yet") : absl::OkStatus();
  };
  node.Start({reactor});
  REQUIRE(node.Request("test", {"1"}).ok());
  REQUIRE(Await([&] { return node.Queue("test") == 0; }));
  CHECK(attempts == 3);
  // Nor does one who starts with it.
  clock.Advance(-absl::Hours(5));
  attempts = 0;
  node.Stop();
  REQUIRE(node.Request("test", {"2"}).ok());
  node.Start({reactor}, {.ttl = absl::Milliseconds(100)});
  REQUIRE(Await([&] { return node.Queue("test") == 0; }));
  CHECK(attempts == 3);
}

TEST_CASE("attempts and pauses survive a restart") {
  const TempDir dir;
  const MasterKey& master = TestMaster();
  std::atomic<int> attempts = 0;
  std::atomic<uint32_t> known = 0;
  Reactor reactor;
  reactor.work = "test";
  reactor.retry = {.attempts = 3, .first = absl::Seconds(1), .last = absl::Seconds(1)};
  reactor.act = [&](Action& action) {
    ++attempts;
    known = action.work().attempts;
    return absl::InternalError("never");
  };
  absl::Time failed;
  for (int start = 0; start < 3; ++start) {
    auto store = eventstore::RocksStore::Open({.path = dir / "log"});
    REQUIRE(store.ok());
    WorkNode node(**store, master, dir / "models");
    if (start == 0) REQUIRE(node.Request("test", {"1"}).ok());
    const absl::Time began = absl::Now();
    node.Start({reactor});
    if (start < 2) {
      REQUIRE(Await([&] { return node.Events("org.work.failed") == start + 1u; }));
    } else {
      REQUIRE(Await([&] { return node.Letters().size() == 1; }));
    }
    CHECK(attempts == start + 1);
    CHECK(known == static_cast<uint32_t>(start));
    // Not before its time: a second, less a quarter, after the last.
    if (start > 0) CHECK(absl::Now() - failed > absl::Milliseconds(700));
    failed = absl::Now();
    CHECK(absl::Now() - began < absl::Seconds(10));
  }
}

TEST_CASE("nothing is asked of the store while nothing is due") {
  Memory memory;
  eventstore::AlteredStore watched(memory.store);
  std::atomic<int> asked = 0;
  watched.lease = [&] {
    ++asked;
    return absl::OkStatus();
  };
  WorkNode node(watched, memory.master, memory.Models(1));
  Effects effects;
  node.Start({Counting(effects)}, {.ttl = absl::Milliseconds(30)});
  absl::SleepFor(absl::Milliseconds(300));
  CHECK(asked == 0);
  REQUIRE(node.Request("test", {"1"}).ok());
  REQUIRE(Await([&] { return node.Queue("test") == 0; }));
  const int then = asked;
  CHECK(then >= 1);
  absl::SleepFor(absl::Milliseconds(300));
  CHECK(asked <= then + 1);
}

}  // namespace
}  // namespace muniment::gateway
