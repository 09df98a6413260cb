#include <catch2/catch.hpp>
#include <map>

#include "eventstore/codec.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/eventstore/fixture.h"
#include "tests/eventstore/test_events.pb.h"

namespace muniment::eventstore {
namespace {

using event::v1::OrgDomainEvent;
using event::v1::OrgEvent;
using event::v1::UserEvent;
using test::TestEvent;

NewEvent Encode(const StreamKey& stream, const google::protobuf::Message& event) {
  static const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  auto encoded = codec.Encode(Draft(stream, 1, event), keys);
  REQUIRE(encoded.ok());
  const auto inspection = codec.Inspect(Store(*encoded), keys);
  REQUIRE(inspection.ok());
  // What the store is told and what can be rebuilt from the log are the same.
  REQUIRE(inspection->claims.size() == encoded->claims.size());
  for (size_t i = 0; i < encoded->claims.size(); ++i) {
    CHECK(inspection->claims[i].slot == encoded->claims[i].slot);
    CHECK(inspection->claims[i].key == encoded->claims[i].key);
  }
  CHECK(inspection->releases_claims == encoded->releases_claims);
  return *std::move(encoded);
}

NewEvent User(uint64_t instance, const std::string& id, const std::string& scope,
              const std::string& name) {
  UserEvent event;
  event.mutable_username_changed()->set_username(name);
  event.mutable_username_changed()->set_username_scope(scope);
  return Encode({instance, 5, AGGREGATE_USER, id}, event);
}

std::string OnlyKey(const NewEvent& event) {
  REQUIRE(event.claims.size() == 1);
  return event.claims[0].key;
}

TEST_CASE("names that differ by case, width or normalization share one claim") {
  const std::string key = OnlyKey(User(1, "u1", "", "Zo\u00eb"));
  CHECK(key.size() == 32);
  CHECK(OnlyKey(User(1, "u2", "", "zo\u00eb")) == key);
  CHECK(OnlyKey(User(1, "u2", "", "ZO\u00cb")) == key);
  CHECK(OnlyKey(User(1, "u2", "", "zoe\u0308")) == key);
  CHECK(OnlyKey(User(1, "u2", "", "\uff3a\uff4f\u00eb")) == key);
  CHECK(OnlyKey(User(1, "u2", "", "zoe")) != key);
  CHECK(OnlyKey(User(1, "u2", "", "zo\u00eb1")) != key);
}

TEST_CASE("a claim counts in its instance and scope only, and parts of it cannot be shifted") {
  const Codec codec(kTestClaimsKey, TestOptions());
  const std::string key = OnlyKey(User(1, "u1", "org1", "grace"));
  CHECK(key == codec.ClaimKey(1, "username", "org1", "Grace"));
  CHECK(OnlyKey(User(2, "u1", "org1", "grace")) != key);
  CHECK(OnlyKey(User(1, "u1", "org2", "grace")) != key);
  CHECK(OnlyKey(User(1, "u1", "", "org1grace")) != key);
  CHECK(OnlyKey(User(1, "u1", "org1g", "race")) != key);
  const Codec other("another key of tests: 32 bytes..", TestOptions());
  CHECK(other.ClaimKey(1, "username", "org1", "grace") != key);
}

TEST_CASE("a new value stands in its old slot, another scope has a slot of its own") {
  const NewEvent first = User(1, "u1", "org1", "grace");
  const NewEvent second = User(1, "u1", "org1", "hopper");
  const NewEvent moved = User(1, "u1", "", "grace");
  CHECK(first.claims[0].slot == second.claims[0].slot);
  CHECK(first.claims[0].key != second.claims[0].key);
  CHECK(first.claims[0].slot != moved.claims[0].slot);
  CHECK(first.claims[0].slot.find("org1") == std::string::npos);
  OrgEvent org;
  org.mutable_added()->set_name("Acme");
  CHECK(Encode({1, 2, AGGREGATE_ORG, "o1"}, org).claims[0].slot == "org_name");
}

TEST_CASE("an empty value changes nothing unless the option says that it releases") {
  CHECK(User(1, "u1", "", "").claims.empty());
  OrgDomainEvent verified;
  verified.mutable_verified()->set_domain("Example.com");
  OrgDomainEvent removed;
  removed.mutable_removed()->set_domain("example.COM");
  const StreamKey stream{1, 3, AGGREGATE_ORG, "o1"};
  const NewEvent claim = Encode(stream, verified);
  const NewEvent release = Encode(stream, removed);
  REQUIRE(release.claims.size() == 1);
  CHECK(release.claims[0].key.empty());
  CHECK(release.claims[0].slot == claim.claims[0].slot);
}

TEST_CASE("removal releases everything by its kind alone") {
  UserEvent removed;
  removed.mutable_removed();
  const NewEvent event = Encode({1, 5, AGGREGATE_USER, "u1"}, removed);
  CHECK(event.releases_claims);
  CHECK(event.claims.empty());
}

TEST_CASE("unique values deeper down have their own scope and item, exact ones are not folded") {
  const StreamKey stream{1, 60000, AGGREGATE_USER, "u1"};
  const auto link = [&](const std::string& provider, const std::string& account) {
    TestEvent event;
    event.mutable_linked()->mutable_link()->set_provider(provider);
    event.mutable_linked()->mutable_link()->set_account(account);
    return Encode(stream, event);
  };
  const NewEvent a = link("github", "4711");
  const NewEvent b = link("gitlab", "4711");
  CHECK(a.claims[0].key != b.claims[0].key);
  CHECK(a.claims[0].slot != b.claims[0].slot);
  CHECK(link("github", "").claims[0].key.empty());
  const auto code = [&](const std::string& value) {
    TestEvent event;
    event.mutable_linked()->set_code(value);
    return OnlyKey(Encode(stream, event));
  };
  CHECK(code("aBc") != code("abc"));
  CHECK(code("aBc") == code("aBc"));
}

// The table that any store keeps, in its simplest form.
class ClaimsTable {
 public:
  bool Apply(const std::string& stream, const NewEvent& event) {
    if (event.releases_claims) {
      std::erase_if(slots_, [&](const auto& slot) { return slot.first.first == stream; });
    }
    for (const ClaimChange& claim : event.claims) {
      slots_.erase({stream, claim.slot});
      if (claim.key.empty()) continue;
      for (const auto& [slot, key] : slots_) {
        if (key == claim.key) return false;
      }
      slots_[{stream, claim.slot}] = claim.key;
    }
    return true;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::string> slots_;
};

TEST_CASE("a name is free again when its owner takes another or is removed") {
  ClaimsTable table;
  UserEvent removed;
  removed.mutable_removed();
  CHECK(table.Apply("u1", User(1, "u1", "", "Grace")));
  CHECK(!table.Apply("u2", User(1, "u2", "", "GRACE")));
  CHECK(table.Apply("u1", User(1, "u1", "", "Hopper")));
  CHECK(table.Apply("u2", User(1, "u2", "", "GRACE")));
  CHECK(!table.Apply("u3", User(1, "u3", "", "grace")));
  CHECK(table.Apply("u2", Encode({1, 5, AGGREGATE_USER, "u2"}, removed)));
  CHECK(table.Apply("u3", User(1, "u3", "", "grace")));
}

}  // namespace
}  // namespace muniment::eventstore
