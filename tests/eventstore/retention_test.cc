#include "eventstore/retention.h"

#include "base/error.h"
#include "eventstore/envelope.h"
#include "tests/eventstore/log_world.h"

namespace muniment::eventstore {
namespace {

using event::v1::LogEvent;

absl::Time Midnight(absl::Time time) {
  return absl::UnixEpoch() + absl::Hours(24) * (DayOf(time) + 1);
}

RetentionRun RunOn(EventStore& store, const Codec& codec) {
  Retention retention(store, codec);
  const auto run = retention.Run();
  REQUIRE(run.ok());
  return *run;
}

std::vector<LogEvent> Record(LogWorld& world, uint64_t instance) {
  std::vector<LogEvent> facts;
  REQUIRE(world.store
              .ReadStream(LogStream(instance), 0,
                          [&](const StoredEvent& stored) {
                            facts.push_back(static_cast<const LogEvent&>(
                                *world.codec.DecodeClear(stored)->event));
                            return true;
                          })
              .ok());
  return facts;
}

TEST_CASE("a day is closed ten minutes after its end, with the root of its events") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  world.Check(1, "u1");
  world.Check(1, "u1");
  world.Check(2, "u1");
  const uint32_t day = DayOf(world.clock.Now());
  std::vector<Digest> leaves;
  REQUIRE(world.store
              .ReadInstance(1, 1, 100,
                            [&](const StoredEvent& event) {
                              if (event.keep != FOREVER)
                                leaves.push_back(*Digest::From(LeafHash(event)));
                              return true;
                            })
              .ok());
  REQUIRE(leaves.size() == 2);

  const absl::Time midnight = Midnight(world.clock.Now());
  world.clock.Set(midnight + absl::Minutes(9));
  CHECK(RunOn(world.store, world.codec).closed == 0);
  world.Check(1, "u1");  // of the next day
  world.clock.Set(midnight + absl::Minutes(10));
  CHECK(RunOn(world.store, world.codec).closed == 2);
  const auto facts = Record(world, 1);
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].day_closed().keep() == SIGN_IN);
  CHECK(facts[0].day_closed().day() == day);
  CHECK(facts[0].day_closed().events() == 2);
  CHECK(facts[0].day_closed().last_sequence() == 3);
  CHECK(facts[0].day_closed().root() == NodeHash(leaves[0], leaves[1]).view());
  CHECK(Record(world, 2).size() == 1);
  CHECK(RunOn(world.store, world.codec).closed == 0);
  const VerifyReport report = world.Verified();
  CHECK(report.ok());
  CHECK(report.closed_days == 2);
  CHECK(report.expiring_events == 4);
}

TEST_CASE("a day is pruned at its class's age, and the log explains what is missing") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  for (int i = 0; i < 3; ++i) world.Check(1, "u1");
  world.AddUser(1, "u2", "hopper");
  const absl::Time midnight = Midnight(world.clock.Now());
  Retention retention(world.store, world.codec);
  world.clock.Set(midnight + absl::Hours(1));
  world.Check(1, "u1");
  CHECK(retention.Run()->closed == 1);
  const std::string root = world.Verified().instances.at(0).root;
  world.clock.Set(midnight + absl::Hours(24) * 90 - absl::Seconds(1));
  RetentionRun run = *retention.Run();
  CHECK(run.closed == 1);
  CHECK(run.pruned == 0);
  const uint64_t before = world.Events();
  world.clock.Set(midnight + absl::Hours(24) * 90);
  run = *retention.Run();
  CHECK(run.pruned == 1);
  CHECK(world.Events() == before - 3 + 1);
  const VerifyReport report = world.Verified();
  for (const VerifyFault& fault : report.faults) UNSCOPED_INFO(fault.what);
  CHECK(report.ok());
  CHECK(report.pruned_days == 1);
  CHECK(report.expiring_events == 1);
  CHECK(report.instances.at(0).leaves == 2 + 2 + 1);

  // The second day goes a day later; a stream of which nothing is left keeps its version.
  world.clock.Advance(absl::Hours(24));
  CHECK(retention.Run()->pruned == 1);
  CHECK(world.Verified().ok());
  CHECK(*world.store.ReadHead({1, 60000, AGGREGATE_USER, "u1"}) == 4);
  world.Check(1, "u1");
  CHECK(world.Verified().ok());
  CHECK(retention.Run()->pruned == 0);
}

TEST_CASE("a stream's own keys are pruned with it, and what is left verifies") {
  LogWorld world;
  const StreamKey gone{1, 60000, AGGREGATE_ORG, "o1"}, extended{1, 60000, AGGREGATE_ORG, "o2"};
  world.Check(1, "u1");
  world.Check(gone);
  world.Check(extended);
  const absl::Time midnight = Midnight(world.clock.Now());
  world.clock.Set(midnight + absl::Hours(1));
  world.Check(extended);
  world.clock.Set(midnight + absl::Hours(24) * 90);
  CHECK(RunOn(world.store, world.codec).pruned == 1);
  const auto keys = [&](const std::string& subject) {
    return world.store.ReadSubjectKeys(1, subject)->keys.size();
  };
  CHECK(keys(StreamSubject(gone)) == 0);
  CHECK(keys(StreamSubject(extended)) == 1);
  CHECK(keys("u1") == 1);
  CHECK(world.Verified({.now = world.clock.Now()}).ok());
  world.clock.Advance(absl::Hours(24));
  CHECK(RunOn(world.store, world.codec).pruned == 1);
  CHECK(keys(StreamSubject(extended)) == 0);
  CHECK(keys("u1") == 1);
  // It goes on, under the key that is remembered here.
  world.Check(gone);
  CHECK(keys(StreamSubject(gone)) == 1);
  const VerifyReport report = world.Verified({.now = world.clock.Now()});
  CHECK(report.ok());
  CHECK(report.shredded == 0);
}

TEST_CASE("a run that ended between the event and the deletion is finished by the next") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  world.Check(1, "u1");
  world.clock.Set(Midnight(world.clock.Now()) + absl::Hours(24) * 91);
  AlteredStore crashing(world.store);
  crashing.prune = [] { return Error(absl::StatusCode::kUnavailable, "store.unavailable", "x"); };
  Retention first(crashing, world.codec);
  CHECK(Reason(first.Run().status()) == "store.unavailable");
  CHECK(Record(world, 1).size() == 2);  // closed and pruned by the log's word
  CHECK(world.Verified().ok());
  CHECK(world.Verified().expiring_events == 1);

  CHECK(RunOn(world.store, world.codec).pruned == 1);
  CHECK(Record(world, 1).size() == 2);
  CHECK(world.Verified().ok());
  CHECK(world.Verified().expiring_events == 0);
  CHECK(RunOn(world.store, world.codec).pruned == 0);
}

TEST_CASE("of two nodes that run retention each step is done once") {
  LogWorld world;
  for (uint64_t instance = 1; instance <= 20; ++instance) world.Check(instance, "u1");
  world.clock.Set(Midnight(world.clock.Now()) + absl::Hours(24) * 91);
  std::vector<std::thread> nodes;
  for (int i = 0; i < 4; ++i) {
    nodes.emplace_back([&] {
      Retention retention(world.store, world.codec);
      for (int run = 0; run < 3; ++run) {
        if (!retention.Run().ok()) std::abort();
      }
    });
  }
  for (std::thread& node : nodes) node.join();
  for (uint64_t instance = 1; instance <= 20; ++instance) {
    CHECK(Record(world, instance).size() == 2);
  }
  CHECK(world.Verified().ok());
  CHECK(world.Verified().expiring_events == 0);
}

TEST_CASE("what is kept forever is never closed or pruned") {
  LogWorld world;
  world.AddUser(1, "u1", "grace");
  world.clock.Advance(absl::Hours(24) * 4000);
  CHECK(RunOn(world.store, world.codec).closed == 0);
  CHECK(world.Events() == 1);
  CHECK(MaxAgeDays(SIGN_IN) == 90);
  CHECK(MaxAgeDays(FOREVER) == 0);
}

}  // namespace
}  // namespace muniment::eventstore
