// A disk that fails while the store writes: nothing acknowledged is lost, nothing is half there,
// and the store comes back by itself.
#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "fault/fault_fs.h"
#include "fault/place.h"

namespace muniment::eventstore {
namespace {

std::unique_ptr<RocksStore> OpenOn(const Place& place, FaultFs& fault) {
  auto store = RocksStore::Open(place.options(fault.env()));
  INFO(store.status());
  REQUIRE(store.ok());
  return *std::move(store);
}

TEST_CASE("a commit whose sync fails is answered 'outcome unknown' and the store goes on") {
  Place place;
  FaultFs fault;
  const auto store = OpenOn(place, fault);
  REQUIRE(AppendTo(*store, Change(User("1"), 0, 3)).ok());
  fault.FailSyncs(1);
  const auto unknown = AppendTo(*store, Change(User("2"), 0, 2));
  CHECK(unknown.status().code() == absl::StatusCode::kUnknown);
  CHECK(Reason(unknown.status()) == "store.outcome_unknown");
  CHECK(fault.faults_met() == 1);
  const auto next = AppendPatiently(*store, Change(User("1"), 3));
  INFO(next.status());
  REQUIRE(next.ok());
  const auto log = SoundLog(*store);
  // The commit of unknown outcome is there whole or not at all, and the log can tell.
  const uint64_t head = *store->ReadHead(User("2"));
  CHECK((head == 0 || head == 2));
  CHECK(log.size() == 4 + head);
  CHECK(next->position == log.size());
}

TEST_CASE("what a failed sync left behind is the same after the store is opened again") {
  Place place;
  FaultFs fault;
  uint64_t head = 0;
  {
    const auto store = OpenOn(place, fault);
    fault.FailSyncs(1);
    CHECK_FALSE(AppendTo(*store, Change(User("2"), 0, 2)).ok());
    REQUIRE(AppendPatiently(*store, Change(User("1"), 0)).ok());
    head = *store->ReadHead(User("2"));
  }
  const auto store = OpenOn(place, fault);
  CHECK(*store->ReadHead(User("2")) == head);
  CHECK(SoundLog(*store).size() == 1 + head);
}

TEST_CASE("a store whose disk is broken is unavailable, says why, and comes back with its disk") {
  Place place;
  FaultFs fault;
  const auto store = OpenOn(place, fault);
  Commit first = Change(User("1"), 0, 2);
  first.events[0].claims = {{"name", ClaimOf("a")}};
  REQUIRE(AppendTo(*store, first).ok());
  fault.BreakDisk(true);
  CHECK(absl::IsUnknown(AppendTo(*store, Change(User("2"), 0)).status()));
  for (int i = 0; i < 20; ++i) {
    const auto refused = AppendTo(*store, Change(User("3"), 0));
    CHECK(Reason(refused.status()) == "store.unavailable");
    CHECK_THAT(std::string(refused.status().message()), !Catch::Contains(place.path()));
    absl::SleepFor(absl::Milliseconds(5));
  }
  CHECK(Reason(store->ReadStream(User("1"), 0, [](const StoredEvent&) { return true; })) ==
        "store.unavailable");
  CHECK(Reason(store->ReadLogHead().status()) == "store.unavailable");
  fault.BreakDisk(false);
  REQUIRE(AppendPatiently(*store, Change(User("1"), 2)).ok());
  SoundLog(*store);
  Commit taken = Change(User("4"), 0);
  taken.events[0].claims = {{"name", ClaimOf("a")}};
  CHECK(Reason(AppendTo(*store, taken).status()) == "store.claim_taken");
}

TEST_CASE("a full disk cuts a commit in its middle: it is unknown, then absent or whole") {
  Place place;
  FaultFs fault;
  auto store = OpenOn(place, fault);
  REQUIRE(AppendTo(*store, Change(User("1"), 0, 100)).ok());
  fault.FillDisk(true);
  CHECK(absl::IsUnknown(AppendTo(*store, Change(User("2"), 0, 400)).status()));
  CHECK(absl::IsUnavailable(AppendTo(*store, Change(User("3"), 0)).status()));
  fault.FillDisk(false);
  REQUIRE(AppendPatiently(*store, Change(User("1"), 100)).ok());
  CHECK(*store->ReadHead(User("2")) == 0);
  CHECK(SoundLog(*store).size() == 101);
  store.reset();
  store = OpenOn(place, fault);
  CHECK(SoundLog(*store).size() == 101);
}

TEST_CASE("commits, checks and refusals in the group that fails claim nothing they cannot know") {
  Place place;
  FaultFs fault;
  const auto store = OpenOn(place, fault);
  REQUIRE(AppendTo(*store, Change(User("1"), 0)).ok());
  absl::Mutex mutex;
  std::map<absl::StatusCode, int> answers;
  int count = 0;
  const auto note = [&](absl::StatusOr<Committed> result) {
    absl::MutexLock lock(&mutex);
    ++answers[result.status().code()];
    ++count;
  };
  fault.FailSyncs(1);
  for (int i = 0; i < 50; ++i) {
    store->Append(Change(User(absl::StrCat("w", i)), 0), note);
    store->Append({.instance = kInstance, .reads = {{User("1"), 1}}}, note);
    store->Append(Change(User("1"), 7), note);
  }
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(+[](int* n) { return *n == 150; }, &count));
  CHECK(answers[absl::StatusCode::kUnknown] >= 1);
  CHECK(answers[absl::StatusCode::kInternal] == 0);
  CHECK(answers[absl::StatusCode::kDataLoss] == 0);
}

TEST_CASE("eight callers, a sync that fails again and again: every acknowledged commit stands") {
  Place place;
  FaultFs fault;
  std::atomic<int> acknowledged[8] = {};
  std::atomic<int> unknown = 0;
  {
    const auto store = OpenOn(place, fault);
    std::atomic<bool> stop = false;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 8; ++caller) {
      callers.emplace_back([&, caller] {
        const StreamKey stream = User(absl::StrCat(caller));
        while (!stop) {
          const auto head = store->ReadHead(stream);
          if (!head.ok()) continue;
          const auto result = AppendTo(*store, Change(stream, *head, 2));
          if (result.ok()) acknowledged[caller] = static_cast<int>(*head + 2);
          if (absl::IsUnknown(result.status())) ++unknown;
        }
      });
    }
    for (int i = 0; i < 15; ++i) {
      absl::SleepFor(absl::Milliseconds(20));
      fault.FailSyncs(1 + i % 3);
    }
    fault.FailSyncs(0);
    stop = true;
    for (auto& caller : callers) caller.join();
  }
  CHECK(unknown > 0);
  const auto store = OpenOn(place, fault);
  SoundLog(*store);
  for (int caller = 0; caller < 8; ++caller) {
    const uint64_t head = *store->ReadHead(User(absl::StrCat(caller)));
    CHECK(head >= static_cast<uint64_t>(acknowledged[caller]));
    CHECK(head % 2 == 0);
  }
}

TEST_CASE("a store that closes while its disk is broken answers everyone and ends") {
  Place place;
  FaultFs fault;
  std::atomic<int> answered = 0;
  {
    const auto store = OpenOn(place, fault);
    fault.BreakDisk(true);
    for (int i = 0; i < 20; ++i) {
      store->Append(Change(User(absl::StrCat(i)), 0), [&](absl::StatusOr<Committed> result) {
        if (!result.ok()) ++answered;
      });
    }
  }
  CHECK(answered == 20);
  fault.BreakDisk(false);
  SoundLog(*OpenOn(place, fault));
}

TEST_CASE("a reader that is under way when the disk fails ends, and the store comes back after it") {
  Place place;
  FaultFs fault;
  const auto store = OpenOn(place, fault);
  REQUIRE(AppendTo(*store, Change(User("1"), 0, 10)).ok());
  absl::Notification reading;
  absl::Notification failed;
  int seen = 0;
  absl::Status status;
  std::thread reader([&] {
    status = store->ReadStream(User("1"), 0, [&](const StoredEvent&) {
      if (++seen == 1) {
        reading.Notify();
        failed.WaitForNotification();
      }
      // What it asks for beside is refused at once, not awaited.
      return store->ReadHead(User("1")).ok();
    });
  });
  reading.WaitForNotification();
  fault.FailSyncs(1);
  CHECK(absl::IsUnknown(AppendTo(*store, Change(User("2"), 0)).status()));
  CHECK(absl::IsUnavailable(AppendTo(*store, Change(User("2"), 0)).status()));
  failed.Notify();
  reader.join();
  CHECK(status.ok());
  CHECK(seen == 1);
  CHECK(AppendPatiently(*store, Change(User("1"), 10)).ok());
}

}  // namespace
}  // namespace muniment::eventstore
