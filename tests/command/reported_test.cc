// Where a person sits, as the login client says in whose session he acts.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

constexpr char kAgent[] =
    " user_agent { ip: '198.51.100.7' fingerprint_id: 'f1' description: 'a browser' "
    "header { key: 'User-Agent' value { values: 'Firefox/140' } } }";

const store::v1::Reported& ReportedOf(const Then& then, size_t index) {
  REQUIRE(index < then.facts.size());
  REQUIRE(then.facts[index].reported.has_value());
  return *then.facts[index].reported;
}

TEST_CASE("every event of a session's checks says where its user is said to sit") {
  Signing given;
  const Then made = given.Create(Proof() + kAgent);
  REQUIRE(made.facts.size() == 5);
  for (size_t i = 0; i < made.facts.size(); ++i) {
    INFO(made.events[i]);
    const auto& reported = ReportedOf(made, i);
    CHECK(reported.session_id() == given.id);
    CHECK(reported.ip() == "198.51.100.7");
    CHECK(reported.user_agent() == "Firefox/140");
    CHECK(reported.fingerprint_id() == "f1");
    // The client itself is who acted.
    CHECK(made.facts[i].meta.actor == "robot");
  }
  const Then wrong = given.Set("checks { password { password: 'wrong' } }");
  REQUIRE(wrong.events == Strings{"user.human.password.check.failed bob"});
  CHECK(ReportedOf(wrong, 0).ip() == "198.51.100.7");
}

TEST_CASE("what is done by a session's token happened where its user is said to sit") {
  Signing given;
  REQUIRE(given.Create(Proof() + kAgent).ok());
  given.session_token = given.token;
  const Then changed =
      given.When("bob", "UpdateUser", "user_id: 'bob' human { profile { nick_name: 'B' } }");
  REQUIRE(changed.ok());
  CHECK(ReportedOf(changed, 0).session_id() == given.id);
  given.session_token.clear();
  // Not what others do, nor in a session of which nothing was said.
  const Then by_ann =
      given.When("ann", "UpdateUser", "user_id: 'bob' human { profile { nick_name: 'C' } }");
  CHECK_FALSE(by_ann.facts.at(0).reported.has_value());
  const Then silent = given.Create(Proof());
  REQUIRE_FALSE(silent.facts.empty());
  for (const auto& fact : silent.facts) CHECK_FALSE(fact.reported.has_value());
}

// Whose keys open what was reported with the events after `before`.
Strings SealedFor(Signing& given, uint64_t before) {
  Strings subjects;
  int unread = 0;
  const uint64_t last = given.store.ReadSequence(1).value();
  const auto read =
      given.store.ReadInstance(1, before + 1, last, [&](const eventstore::StoredEvent& stored) {
        const auto inspected = given.codec.Inspect(stored, given.keys);
        unread += !inspected.ok();
        if (inspected.ok() && inspected->event.reported.has_value()) {
          subjects.push_back(inspected->keys.back().subject);
        }
        return true;
      });
  REQUIRE(read.ok());
  CHECK(unread == 0);
  return subjects;
}

TEST_CASE("what is reported of a person goes with his key, also where he was named later") {
  Signing given;
  uint64_t before = given.store.ReadSequence(1).value();
  const Then made = given.Create(kAgent);
  REQUIRE_FALSE(made.facts.empty());
  CHECK(SealedFor(given, before) ==
        Strings(made.facts.size(), absl::StrCat("/30/4/", given.id)));
  before = given.store.ReadSequence(1).value();
  REQUIRE(given.Set(Proof()).ok());
  CHECK(SealedFor(given, before) == Strings(4, "bob"));
}

TEST_CASE("a long header is no part of every event") {
  Signing given;
  const Then made = given.Create(
      absl::StrCat(Proof(), " user_agent { ip: '198.51.100.7' "
                   "header { key: 'user-agent' value { values: '",
                   std::string(501, 'x'), "' } } }"));
  INFO(made.reason);
  REQUIRE(made.ok());
  CHECK(ReportedOf(made, 0).user_agent().empty());
  CHECK(ReportedOf(made, 0).ip() == "198.51.100.7");
}

}  // namespace
}  // namespace muniment::command
