#include "eventstore/verify.h"

#include "base/error.h"
#include "eventstore/retention.h"
#include "tests/eventstore/log_world.h"

namespace muniment::eventstore {
namespace {

using event::v1::OrgEvent;
using event::v1::UserEvent;

void Fill(LogWorld& world) {
  for (const uint64_t instance : {1, 2}) {
    OrgEvent org;
    org.mutable_added()->set_name("Acme");
    REQUIRE(world.Raise({instance, 2, AGGREGATE_ORG, "o1"}, org).ok());
    for (const char* name : {"grace", "ada", "alan", "edsger"}) world.AddUser(instance, name, name);
    UserEvent renamed;
    renamed.mutable_username_changed()->set_username("lovelace");
    REQUIRE(world.Raise({instance, 5, AGGREGATE_USER, "ada"}, renamed).ok());
    world.Check(instance, "grace");
    world.RemoveUser(instance, "alan");
    world.AddUser(instance, "turing", "ALAN");
    world.clock.Advance(absl::Seconds(1));
  }
}

std::string Faults(const VerifyReport& report) {
  std::string all;
  for (const VerifyFault& fault : report.faults) {
    absl::StrAppend(&all, fault.position, ": ", fault.what, "\n");
  }
  return all;
}

TEST_CASE("a sound log verifies, shredded keys and all, and says what it holds") {
  LogWorld world;
  Fill(world);
  std::vector<uint64_t> progress;
  VerifyOptions options;
  options.progress = [&](uint64_t position, uint64_t) { progress.push_back(position); };
  const VerifyReport report = world.Verified(options);
  INFO(Faults(report));
  CHECK(report.ok());
  CHECK(report.events == 18);
  CHECK(report.streams == 14);
  CHECK(report.claims == 10);
  CHECK(report.shredded == 2);
  CHECK(report.unknowable_claims == 0);
  CHECK(report.expiring_events == 2);
  REQUIRE(report.instances.size() == 2);
  CHECK(report.instances[0].instance == 1);
  CHECK(report.instances[0].sequence == 9);
  CHECK(report.instances[0].leaves == 8);
  CHECK(report.instances[0].root.size() == 32);
  CHECK(report.instances[0].root != report.instances[1].root);
  CHECK(progress.back() == 18);
  LogWorld empty;
  CHECK(empty.Verified().ok());
}

TEST_CASE("erasing somebody changes no root") {
  LogWorld world;
  Fill(world);
  const VerifyReport before = world.Verified();
  const TrustedRoot trusted{1, before.instances[0].leaves, before.instances[0].root};
  world.RemoveUser(1, "grace");
  VerifyOptions options;
  options.trusted = {trusted};
  const VerifyReport after = world.Verified(options);
  INFO(Faults(after));
  CHECK(after.ok());
  CHECK(after.shredded > before.shredded);

  options.trusted = {{1, trusted.leaves, before.instances[1].root}};
  CHECK(Faults(world.Verified(options)).find("whose root was noted") != std::string::npos);
  options.trusted = {{1, 1000, trusted.root}};
  CHECK(Faults(world.Verified(options)).find("has fewer") != std::string::npos);
}

TEST_CASE("every changed byte of a stored event is found against a noted root") {
  LogWorld world;
  Fill(world);
  const VerifyReport sound = world.Verified();
  VerifyOptions options;
  options.trusted = {{1, sound.instances[0].leaves, sound.instances[0].root}};
  for (const uint64_t position : {1, 2}) {  // one clear, one with sealed parts
    size_t size = 0;
    REQUIRE(world.store
                .ReadLog(position - 1,
                         [&](const StoredEvent& event) {
                           size = event.body.size();
                           return false;
                         })
                .ok());
    for (size_t byte = 0; byte < size; ++byte) {
      AlteredStore altered(world.store);
      altered.event = [&](StoredEvent& event) {
        if (event.position == position) event.body[byte] = static_cast<char>(~event.body[byte]);
        return true;
      };
      INFO("position " << position << " byte " << byte);
      CHECK(!world.Verified(altered, options).ok());
    }
  }
}

// What Verify says of a log altered by `change`.
template <typename Change>
std::string FaultsOf(LogWorld& world, Change change) {
  AlteredStore altered(world.store);
  change(altered);
  const VerifyReport report = world.Verified(altered);
  CHECK(!report.ok());
  CHECK(report.fault_count >= report.faults.size());
  return Faults(report);
}

using Catch::Matchers::Contains;

TEST_CASE("events that are lost, moved, doubled or stamped anew are found") {
  LogWorld world;
  Fill(world);
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) { return event.position != 4; };
                      }),
             Contains("lacks 1 events"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) { return event.position != 18; };
                      }),
             Contains("its head says 18"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) { return event.keep == FOREVER; };
                      }),
             Contains("explain 0"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) {
                          if (event.position == 5) event.position = 4;
                          return true;
                        };
                      }),
             Contains("its position does not rise"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) {
                          if (event.position == 5) event.sequence = 4;
                          return true;
                        };
                      }),
             Contains("its sequence does not rise"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) {
                          if (event.position == 5) event.created_at -= absl::Seconds(1);
                          return true;
                        };
                      }),
             Contains("its time is before"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) {
                          if (event.position == 3) event.instance = 9;
                          return true;
                        };
                      }),
             Contains("instance 9 lacks"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.log_head = [](LogHead& head) { head.hash[0] ^= 1; };
                      }),
             Contains("the head's hash"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.head = [](const StreamKey& stream, uint64_t version) {
                          return stream.id == "ada" ? version - 1 : version;
                        };
                      }),
             Contains("is behind its events"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.head = [](const StreamKey& stream, uint64_t version) {
                          return stream.id == "ada" ? version + 1 : version;
                        };
                      }),
             Contains("lack 1 versions"));
}

TEST_CASE("a claims table that is not the fold of the log is found") {
  LogWorld world;
  Fill(world);
  CHECK_THAT(
      FaultsOf(world,
               [](AlteredStore& store) { store.claims = [](auto& rows) { rows.pop_back(); }; }),
      Contains("is missing in the claims table"));
  CHECK_THAT(
      FaultsOf(world,
               [](AlteredStore& store) { store.claims = [](auto& rows) { rows[0].key[0] ^= 1; }; }),
      Contains("has another value"));
  CHECK_THAT(
      FaultsOf(
          world,
          [](AlteredStore& store) {
            store.claims = [](auto& rows) {
              rows.push_back({{1, 5, AGGREGATE_USER, "alan"}, "username/x", std::string(32, 'k')});
            };
          }),
      Contains("which no event made"));
}

TEST_CASE("a name that two streams of the log hold at once is found") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  // A store that lost its claims table would take the name again.
  const StreamKey stream{1, 5, AGGREGATE_USER, "u2"};
  UserEvent event;
  event.mutable_human_added()->set_username("Grace");
  CommitKeys sealing(world.keys);
  auto encoded = world.codec.Encode(Draft(stream, 1, event), sealing);
  encoded->claims.clear();
  REQUIRE(AppendNow(world.store, {1, {{stream, 0}}, {*encoded}, sealing.Carried(), {}}).ok());
  CHECK_THAT(Faults(world.Verified()), Contains("it claims a value that stands elsewhere"));
}

TEST_CASE("a key that is gone without erasure, or another's, is found") {
  LogWorld world;
  Fill(world);
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.key = [](DataKey& key) { return key.subject != "ada"; };
                      }),
             Contains("the key of a sealed part is missing, and nobody erased it"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.key = [](DataKey& key) {
                          if (key.subject == "ada") key.subject = "grace";
                          return true;
                        };
                      }),
             Contains("it is sealed with another's key"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.key = [](DataKey& key) {
                          if (key.subject == "ada") key.wrapped.back() ^= 1;
                          return true;
                        };
                      }),
             Contains("3: "));
  // Another master key opens nothing at all, which is no damage of the log.
  const MasterKey other = MasterKey::Generate();
  DataKeys foreign(world.store, other);
  CHECK(Reason(Verify(world.store, world.codec, foreign).status()) == "master_key.other");
}

TEST_CASE("a stream's own key may be missing once its days are over, a person's never") {
  LogWorld world;
  world.Check(1, "u1");
  const StreamKey stream{1, 60000, AGGREGATE_ORG, "o1"};
  world.Check(stream);
  const auto without = [&](const std::string& subject, absl::Duration later) {
    AlteredStore altered(world.store);
    altered.key = [&](DataKey& key) { return key.subject != subject; };
    return world.Verified(altered, {.now = world.clock.Now() + later});
  };
  const absl::Duration due = absl::Hours(24) * 91, early = absl::Hours(24) * 89;
  CHECK_THAT(Faults(without(StreamSubject(stream), early)), Contains("nobody erased it"));
  const VerifyReport report = without(StreamSubject(stream), due);
  CHECK(report.ok());
  CHECK(report.shredded == 1);
  CHECK_THAT(Faults(without("u1", due)), Contains("nobody erased it"));

  // One event that is kept keeps the key.
  test::TestEvent nested;
  nested.mutable_nested()->add_tags("kept");
  REQUIRE(world.Raise(stream, nested).ok());
  CHECK_THAT(Faults(without(StreamSubject(stream), due)), Contains("nobody erased it"));
}

TEST_CASE("somebody erased without removal leaves claims that nobody can tell") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  UserEvent locked;
  locked.mutable_locked();
  REQUIRE(world.Raise({1, 5, AGGREGATE_USER, "u1"}, locked, {"u1"}).ok());
  const VerifyReport report = world.Verified();
  CHECK(report.ok());
  CHECK(report.unknowable_claims == 1);
}

TEST_CASE("a closed day that is not the one that was closed is found") {
  LogWorld world;
  for (int i = 0; i < 3; ++i) world.Check(1, "u1");
  world.clock.Advance(absl::Hours(49));
  REQUIRE(Retention(world.store, world.codec).Run()->closed == 1);
  CHECK(world.Verified().ok());
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) { return event.position != 2; };
                      }),
             Contains("is not the one that was closed"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) { return event.keep == FOREVER; };
                      }),
             Contains("is not the one that was closed"));
  CHECK_THAT(FaultsOf(world,
                      [](AlteredStore& store) {
                        store.event = [](StoredEvent& event) {
                          if (event.position == 4) event.created_at -= absl::Hours(49);
                          return true;
                        };
                      }),
             Contains("head's hash"));
}

TEST_CASE("faults beyond the limit are counted, and a log under way is not taken for a fault") {
  LogWorld world;
  for (int i = 0; i < 200; ++i) world.AddUser(1, absl::StrCat("u", i), absl::StrCat("name", i));
  AlteredStore altered(world.store);
  altered.claims = [](auto& rows) { rows.clear(); };
  const VerifyReport report = world.Verified(altered);
  CHECK(report.faults.size() == 100);
  CHECK(report.fault_count == 200);

  AlteredStore moving(world.store);
  int n = 0;
  moving.log_head = [&](LogHead& head) {
    if (++n > 9) return;
    world.AddUser(1, absl::StrCat("v", n), absl::StrCat("other", n));
    head = *world.store.ReadLogHead();
  };
  CHECK(world.Verified(moving).ok());
  moving.log_head = [&](LogHead& head) { head.position += ++n; };
  DataKeys keys(moving, world.master);
  CHECK(Reason(Verify(moving, world.codec, keys).status()) == "verify.moving");
}

}  // namespace
}  // namespace muniment::eventstore
