#include "eventstore/keys.h"

#include <catch2/catch.hpp>
#include <thread>

#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/memory/memory_store.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/eventstore/fixture.h"

namespace muniment::eventstore {
namespace {

using event::v1::UserEvent;

struct World {
  World()
      : store(clock), codec(kTestClaimsKey), master(MasterKey::Generate()), keys(store, master) {}

  Commit EmailCommit(CommitKeys& sealing, const std::string& user, uint64_t version) {
    const StreamKey stream{7, 5, AGGREGATE_USER, user};
    UserEvent event;
    event.mutable_email_changed()->set_email(user + "@example.com");
    auto encoded = codec.Encode(Draft(stream, version, event), sealing);
    REQUIRE(encoded.ok());
    return {7, {{stream, version - 1}}, {*std::move(encoded)}, sealing.Carried(), {}};
  }
  absl::Status Append(Commit commit) {
    absl::Notification done;
    absl::Status status;
    store.Append(std::move(commit), [&](absl::StatusOr<Committed> result) {
      status = result.status();
      done.Notify();
    });
    done.WaitForNotification();
    return status;
  }
  // Every address that can still be read, in log order; "-" where the key is gone.
  std::vector<std::string> Emails(KeySource& source) {
    std::vector<std::string> emails;
    REQUIRE(store
                .ReadLog(0,
                         [&](const StoredEvent& stored) {
                           const auto event = codec.Decode(stored, source);
                           REQUIRE(event.ok());
                           const auto& email =
                               static_cast<const UserEvent&>(*event->event).email_changed().email();
                           emails.push_back(event->complete ? email : "-");
                           return true;
                         })
                .ok());
    return emails;
  }

  ManualClock clock;
  MemoryStore store;
  Codec codec;
  MasterKey master;
  DataKeys keys;
};

TEST_CASE("a key is made for the first event about somebody and serves all later ones") {
  World world;
  {
    CommitKeys sealing(world.keys);
    REQUIRE(world.Append(world.EmailCommit(sealing, "u1", 1)).ok());
    CHECK(sealing.Carried().size() == 1);
    sealing.Committed();
  }
  CommitKeys later(world.keys);
  const Commit commit = world.EmailCommit(later, "u1", 2);
  CHECK(commit.keys.empty());
  REQUIRE(world.Append(commit).ok());
  CHECK(world.store.ReadSubjectKeys(7, "u1")->keys.size() == 1);
  // A process that was just started finds it in the store.
  DataKeys fresh(world.store, world.master);
  CHECK(world.Emails(fresh) == std::vector<std::string>{"u1@example.com", "u1@example.com"});
  CommitKeys after(fresh);
  CHECK(world.EmailCommit(after, "u1", 3).keys.empty());
}

TEST_CASE("commits under way for one new subject each carry his key, whichever of them succeeds") {
  World world;
  std::optional<CommitKeys> first, second, third;
  first.emplace(world.keys);
  second.emplace(world.keys);
  const Commit a = world.EmailCommit(*first, "u1", 1);
  const Commit b = world.EmailCommit(*second, "u1", 1);
  REQUIRE(a.keys.size() == 1);
  REQUIRE(b.keys.size() == 1);
  CHECK(a.keys[0].id == b.keys[0].id);

  // The first is lost before it is sent: the second brings the key in, the third needs none.
  first.reset();
  CHECK(world.keys.unfinished() == 1);
  REQUIRE(world.Append(b).ok());
  third.emplace(world.keys);
  const Commit c = world.EmailCommit(*third, "u1", 2);
  CHECK(c.keys.size() == 1);  // the second has not said yet that it stands
  second->Committed();
  second.reset();
  CHECK(world.keys.unfinished() == 0);
  REQUIRE(world.Append(c).ok());  // an equal record again
  third->Committed();
  CommitKeys fourth(world.keys);
  CHECK(world.EmailCommit(fourth, "u1", 3).keys.empty());
  CHECK(world.Emails(world.keys).size() == 2);
}

TEST_CASE("a key whose commits all failed is wiped and another is made") {
  World world;
  std::string lost;
  {
    CommitKeys sealing(world.keys);
    lost = world.EmailCommit(sealing, "u1", 1).keys.at(0).id;
  }
  CHECK(world.keys.unfinished() == 0);
  CommitKeys sealing(world.keys);
  const Commit commit = world.EmailCommit(sealing, "u1", 1);
  REQUIRE(commit.keys.size() == 1);
  CHECK(commit.keys[0].id != lost);
}

TEST_CASE("after an unknown outcome the store tells whether the key stands") {
  World world;
  {
    CommitKeys sealing(world.keys);
    REQUIRE(world.Append(world.EmailCommit(sealing, "u1", 1)).ok());
    // Committed is never called.
  }
  CommitKeys next(world.keys);
  const Commit commit = world.EmailCommit(next, "u1", 2);
  CHECK(commit.keys.empty());
  CHECK(world.Append(commit).ok());
  CHECK(world.Emails(world.keys).size() == 2);
}

TEST_CASE("an erased subject gets no key and his events open nowhere, even in reads under way") {
  World world;
  CommitKeys sealing(world.keys);
  REQUIRE(world.Append(world.EmailCommit(sealing, "u1", 1)).ok());
  sealing.Committed();
  CHECK(world.Emails(world.keys) == std::vector<std::string>{"u1@example.com"});
  UserEvent removed;
  removed.mutable_removed();
  CommitKeys none(world.keys);
  const StreamKey stream{7, 5, AGGREGATE_USER, "u1"};
  const auto event = world.codec.Encode(Draft(stream, 2, removed), none);
  REQUIRE(world.Append({7, {{stream, 1}}, {*event}, {}, {"u1"}}).ok());

  CommitKeys late(world.keys);  // before this node has heard of it
  CHECK(world.Emails(world.keys).front() == "u1@example.com");
  world.keys.Erase(7, "u1");
  CHECK(world.Emails(world.keys).front() == "-");
  CHECK(!late.SealingKey(7, "u1")->has_value());
  sealing.Committed();  // too late to bring it back
  CHECK(world.Emails(world.keys).front() == "-");
  DataKeys fresh(world.store, world.master);
  CHECK(world.Emails(fresh).front() == "-");
  CommitKeys after(fresh);
  CHECK(!after.SealingKey(7, "u1")->has_value());
  // He of the same name in another instance is somebody else.
  CHECK(after.SealingKey(8, "u1")->has_value());
}

TEST_CASE("only so many keys are remembered, and all are found again") {
  World world;
  DataKeys keys(world.store, world.master, {4, {}});
  for (int i = 0; i < 20; ++i) {
    CommitKeys sealing(keys);
    REQUIRE(world.Append(world.EmailCommit(sealing, absl::StrCat("u", i), 1)).ok());
    sealing.Committed();
  }
  CHECK(keys.remembered() == 4);
  const auto emails = world.Emails(keys);
  for (int i = 0; i < 20; ++i) CHECK(emails.at(i) == absl::StrCat("u", i, "@example.com"));
  CHECK(keys.remembered() == 4);
}

TEST_CASE("a record under another master key, or in another's place, is not taken") {
  World world;
  CommitKeys sealing(world.keys);
  Commit commit = world.EmailCommit(sealing, "u1", 1);
  DataKey moved = commit.keys[0];
  moved.instance = 8;
  REQUIRE(world.Append(commit).ok());
  const StreamKey elsewhere{8, 5, AGGREGATE_USER, "x"};
  REQUIRE(world.Append({8, {{elsewhere, 0}}, {{elsewhere, FOREVER, "b", {}, false}}, {moved}, {}})
              .ok());
  const MasterKey other = MasterKey::Generate();
  DataKeys foreign(world.store, other);
  CHECK(Reason(foreign.OpeningKey(7, moved.id).status()) == "master_key.other");
  DataKeys fresh(world.store, world.master);
  CHECK(fresh.OpeningKey(7, moved.id).ok());
  CHECK(Reason(fresh.OpeningKey(8, moved.id).status()) == "master_key.damaged");
  CHECK(Reason(fresh.SealingKey(7, "u1").status()) == "keys.read_only");
}

TEST_CASE("many threads that write about the same new people lose nothing") {
  World world;
  std::atomic<int> appended = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        CommitKeys sealing(world.keys);
        const std::string subject = absl::StrCat("s", i / 4);
        const StreamKey stream{7, 5, AGGREGATE_USER, subject};
        UserEvent event;
        event.mutable_email_changed()->set_email("x@example.com");
        const auto version = world.store.ReadHead(stream);
        const auto encoded = world.codec.Encode(Draft(stream, *version + 1, event), sealing);
        if (!encoded.ok() || (t == 0 && i % 3 == 0)) continue;  // given up
        if (world.Append({7, {{stream, *version}}, {*encoded}, sealing.Carried(), {}}).ok()) {
          if (i % 5 != 0) sealing.Committed();
          ++appended;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  DataKeys fresh(world.store, world.master);
  const auto emails = world.Emails(fresh);
  CHECK(emails.size() == static_cast<size_t>(appended));
  CHECK(std::count(emails.begin(), emails.end(), "-") == 0);
  CHECK(world.keys.unfinished() == 0);
}

}  // namespace
}  // namespace muniment::eventstore
