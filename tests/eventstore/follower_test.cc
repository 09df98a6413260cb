#include "eventstore/rocksdb/follower.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "absl/synchronization/notification.h"
#include "base/error.h"
#include "eventstore/codec.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "tests/base/temp_dir.h"

namespace muniment::eventstore {
namespace {

RocksOptions LogIn(const TempDir& dir) { return {.path = dir / "log"}; }

void Append(EventStore& store, uint64_t version) {
  const StreamKey stream{1, 5, AGGREGATE_USER, "u1"};
  Commit commit;
  commit.instance = 1;
  commit.reads = {{stream, version}};
  NewEvent event;
  event.stream = stream;
  event.body = "body";
  commit.events.push_back(event);
  absl::Notification done;
  store.Append(std::move(commit), [&done](absl::StatusOr<Committed> committed) {
    CHECK(committed.ok());
    done.Notify();
  });
  done.WaitForNotification();
}

uint64_t CountLog(EventStore& store) {
  uint64_t events = 0;
  REQUIRE(store.ReadLog(0, [&events](const StoredEvent&) { return ++events > 0; }).ok());
  return events;
}

TEST_CASE("a follower reads what stands, sees more after catching up, and writes nothing") {
  TempDir dir;
  auto store = RocksStore::Open(LogIn(dir));
  REQUIRE(store.ok());
  Append(**store, 0);
  auto follower = FollowerStore::Open(LogIn(dir), dir.Scratch());
  REQUIRE(follower.ok());
  CHECK(CountLog(**follower) == 1);
  CHECK((*follower)->ReadLogHead()->hash == (*store)->ReadLogHead()->hash);

  absl::Notification woken;
  const auto waiter = (*follower)->WaitBeyond(1, [&woken] { woken.Notify(); });
  Append(**store, 1);
  CHECK(CountLog(**follower) == 1);
  REQUIRE((*follower)->CatchUp().ok());
  woken.WaitForNotification();
  CHECK(CountLog(**follower) == 2);
  CHECK(*(*follower)->ReadSequence(1) == 2);

  absl::Notification refused;
  (*follower)->Append({}, [&refused](absl::StatusOr<Committed> committed) {
    CHECK(Reason(committed.status()) == "store.read_only");
    refused.Notify();
  });
  refused.WaitForNotification();
  Append(**store, 2);
}

TEST_CASE("a follower reads what a store left that died with its write-ahead log full") {
  TempDir dir;
  {
    auto store = RocksStore::Open(LogIn(dir));
    REQUIRE(store.ok());
    for (uint64_t version = 0; version < 20; ++version) Append(**store, version);
  }
  auto follower = FollowerStore::Open(LogIn(dir), dir.Scratch());
  REQUIRE(follower.ok());
  CHECK(CountLog(**follower) == 20);
}

TEST_CASE("where there is no store a follower makes none") {
  TempDir dir;
  const auto follower = FollowerStore::Open(LogIn(dir), dir.Scratch());
  CHECK(Reason(follower.status()) == "store.not_founded");
  CHECK_FALSE(std::filesystem::exists(LogIn(dir).path));
}

}  // namespace
}  // namespace muniment::eventstore
