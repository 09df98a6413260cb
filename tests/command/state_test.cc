// States, their folds and the cache that holds them.
#include <catch2/catch.hpp>

#include "command/metadata/metadata.h"
#include "command/org/domains.h"
#include "command/snapshot_cache.h"
#include "tests/command/fixture.h"

namespace muniment::command {
namespace {

template <class State, class Kind>
void Apply(State& state, Kind kind) {
  typename State::Event event;
  SetKind(event, std::move(kind));
  FoldEvent(state, event);
}

TEST_CASE("a user's folds end where his life ends") {
  User user;
  CHECK_FALSE(user.exists());
  event::v1::HumanAdded added;
  added.set_organization_id("100");
  added.set_username("ada");
  added.set_email("ada@example.com");
  added.set_email_verified(true);
  added.set_phone("+41791234567");
  Apply(user, added);
  CHECK(user.active());
  event::v1::EmailChanged email;
  email.set_email("other@example.com");
  Apply(user, email);
  CHECK_FALSE(user.email_verified);
  Apply(user, event::v1::EmailVerified());
  CHECK(user.email_verified);
  Apply(user, event::v1::PhoneRemoved());
  CHECK(user.phone.empty());
  Apply(user, event::v1::UserLocked());
  CHECK(user.exists());
  CHECK_FALSE(user.active());
  Apply(user, event::v1::UserUnlocked());
  CHECK(user.active());
  Apply(user, event::v1::UserRemoved());
  CHECK_FALSE(user.exists());
  CHECK(user.email.empty());
  CHECK(OwnerOf(user) == "100");
}

TEST_CASE("metadata know a value again without keeping it") {
  Metadata metadata;
  event::v1::MetadataSet set;
  set.set_key("badge");
  set.set_value("1842");
  Apply(metadata, set);
  CHECK(metadata.Holds("badge", "1842"));
  CHECK_FALSE(metadata.Holds("badge", "1843"));
  CHECK_FALSE(metadata.Holds("other", "1842"));
  Apply(metadata, event::v1::MetadataAllRemoved());
  CHECK_FALSE(metadata.exists());
}

TEST_CASE("an event whose personal fields are erased folds all the same") {
  User user;
  event::v1::HumanAdded added;
  added.set_organization_id("100");
  Apply(user, added);
  CHECK(user.active());
  Metadata metadata;
  event::v1::MetadataSet set;
  set.set_key("badge");
  Apply(metadata, set);
  CHECK(metadata.Has("badge"));
}

SnapshotPtr At(const std::string& id, uint64_t version) {
  auto snapshot =
      std::make_shared<Snapshot>(*EmptySnapshot({1, 2, AGGREGATE_ORG, id}, OpsOf<Org>()));
  snapshot->version = version;
  return snapshot;
}

TEST_CASE("the cache keeps the newer snapshot and stays within its bounds") {
  SnapshotCache cache(64, 1 << 20);
  const eventstore::StreamKey key{1, 2, AGGREGATE_ORG, "a"};
  cache.Put(At("a", 5));
  CHECK(cache.Put(At("a", 3))->version == 5);
  CHECK(cache.Get(key)->version == 5);
  CHECK(cache.Put(At("a", 6))->version == 6);
  for (int i = 0; i < 1000; ++i) {
    cache.Put(At(absl::StrCat(i), 1));
    cache.Get(key);
  }
  CHECK(cache.count() <= 64);
  // Used all the time, it stays.
  CHECK(cache.Get(key) != nullptr);
  cache.Forget(key);
  CHECK(cache.Get(key) == nullptr);
  SnapshotCache small(1000, 16 * 2000);
  for (int i = 0; i < 1000; ++i) small.Put(At(absl::StrCat(i), 1));
  CHECK(small.bytes() <= 16 * 2000);
}

TEST_CASE("events of a stream of the user are owned by the user's organization") {
  World world;
  REQUIRE(world
              .AsSystem([](Unit& unit) -> absl::Status {
                RETURN_IF_ERROR(unit.Load<User>("other").status());
                ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(UserScope("other")));
                event::v1::MetadataSet set;
                set.set_key("k");
                set.set_value("v");
                unit.Raise(metadata, std::move(set));
                return absl::OkStatus();
              })
              .ok());
  std::string owner;
  REQUIRE(world
              .AsSystem([&](Unit& unit) -> absl::Status {
                ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(UserScope("other")));
                owner = metadata.owner();
                return absl::OkStatus();
              })
              .ok());
  CHECK(owner == "200");
  // Who was not asked cannot say.
  CHECK(Reason(world.AsSystem([](Unit& unit) -> absl::Status {
          ASSIGN_OR_RETURN(const auto metadata, unit.LoadAny<Metadata>(UserScope("nobody")));
          event::v1::MetadataSet set;
          set.set_key("k");
          unit.Raise(metadata, std::move(set));
          return absl::OkStatus();
        })) == "command.owner_unknown");
}

}  // namespace
}  // namespace muniment::command
