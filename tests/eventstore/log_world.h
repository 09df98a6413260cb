// A store with people in it, for tests that look at whole logs.
#ifndef MUNIMENT_TESTS_EVENTSTORE_LOG_WORLD_H_
#define MUNIMENT_TESTS_EVENTSTORE_LOG_WORLD_H_

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "eventstore/keys.h"
#include "eventstore/memory/memory_store.h"
#include "eventstore/verify.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/eventstore/altered_store.h"
#include "tests/eventstore/fixture.h"
#include "tests/eventstore/test_events.pb.h"

namespace muniment::eventstore {

using MakeStore = std::function<std::unique_ptr<EventStore>(Clock&)>;

struct LogWorld {
  LogWorld()
      : LogWorld(MasterKey::Generate(),
                 [](Clock& clock) { return std::make_unique<MemoryStore>(clock); }) {}
  LogWorld(MasterKey key, const MakeStore& make)
      : owned(make(clock)),
        store(*owned),
        codec(kTestClaimsKey, TestOptions()),
        master(std::move(key)),
        keys(store, master) {}

  // Appends one event to a stream where it stands.
  absl::StatusOr<Committed> Raise(const StreamKey& stream, const google::protobuf::Message& event,
                                  std::vector<std::string> erased = {}) {
    const auto version = store.ReadHead(stream);
    REQUIRE(version.ok());
    CommitKeys sealing(keys);
    store::v1::Context context;
    context.set_ip("192.0.2.1");
    const auto encoded =
        codec.Encode(Draft(stream, *version + 1, event, "admin", &context), sealing);
    REQUIRE(encoded.ok());
    auto committed = AppendNow(
        store, {stream.instance, {{stream, *version}}, {*encoded}, sealing.Carried(), erased});
    if (committed.ok()) sealing.Committed();
    for (const std::string& subject : erased) keys.Erase(stream.instance, subject);
    return committed;
  }
  void AddUser(uint64_t instance, const std::string& id, const std::string& name) {
    event::v1::UserEvent event;
    event.mutable_human_added()->set_username(name);
    event.mutable_human_added()->set_email(name + "@example.com");
    REQUIRE(Raise({instance, 5, AGGREGATE_USER, id}, event).ok());
  }
  // Claims released and key destroyed, as removal does.
  void RemoveUser(uint64_t instance, const std::string& id) {
    event::v1::UserEvent event;
    event.mutable_removed();
    REQUIRE(Raise({instance, 5, AGGREGATE_USER, id}, event, {id}).ok());
  }
  // A sign-in check: expires.
  void Check(uint64_t instance, const std::string& id) {
    Check({instance, 60000, AGGREGATE_USER, id});
  }
  // Of an organization: under a key of the stream's own.
  void Check(const StreamKey& stream) {
    test::TestEvent event;
    event.mutable_checked()->set_factor("password");
    REQUIRE(Raise(stream, event).ok());
  }
  VerifyReport Verified(VerifyOptions options = {}) { return Verified(store, options); }
  VerifyReport Verified(EventStore& other, VerifyOptions options = {}) {
    DataKeys fresh(other, master);
    auto report = Verify(other, codec, fresh, options);
    REQUIRE(report.ok());
    return *std::move(report);
  }
  uint64_t Events() {
    uint64_t count = 0;
    REQUIRE(store.ReadLog(0, [&](const StoredEvent&) { return ++count > 0; }).ok());
    return count;
  }

  ManualClock clock;
  const std::unique_ptr<EventStore> owned;
  EventStore& store;
  Codec codec;
  MasterKey master;
  DataKeys keys;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_LOG_WORLD_H_
