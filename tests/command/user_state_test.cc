#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::DeleteUserResponse;
using zitadel::user::v2::LockUserResponse;

const std::string kBob = "user_id: 'bob'";

TEST_CASE("which states a user changes to") {
  struct Case {
    Strings before;
    std::string command, event, reason;
  };
  for (const Case& each : std::vector<Case>{
           {{}, "DeactivateUser", "user.deactivated bob", ""},
           {{}, "LockUser", "user.locked bob", ""},
           {{}, "ReactivateUser", "", "user.not_inactive"},
           {{}, "UnlockUser", "", "user.not_locked"},
           {{"DeactivateUser"}, "DeactivateUser", "", "user.already_inactive"},
           {{"DeactivateUser"}, "LockUser", "", "user.not_active"},
           {{"DeactivateUser"}, "UnlockUser", "", "user.not_locked"},
           {{"DeactivateUser"}, "ReactivateUser", "user.reactivated bob", ""},
           {{"LockUser"}, "LockUser", "", "user.already_locked"},
           {{"LockUser"}, "ReactivateUser", "", "user.not_inactive"},
           {{"LockUser"}, "UnlockUser", "user.unlocked bob", ""},
           {{"LockUser"}, "DeactivateUser", "user.deactivated bob", ""},
           {{"LockUser", "DeactivateUser", "ReactivateUser"}, "LockUser", "user.locked bob", ""},
           {{"DeleteUser"}, "LockUser", "", "user.not_found"},
       }) {
    Given given;
    for (const std::string& command : each.before) REQUIRE(given.When("ann", command, kBob).ok());
    INFO(each.command << " after " << each.before.size());
    const Then then = given.When("ann", each.command, kBob);
    CHECK(then.reason == each.reason);
    CHECK(then.events == (each.event.empty() ? Strings{} : Strings{each.event}));
    if (!then.ok() && each.reason != "user.not_found") {
      CHECK(then.code == absl::StatusCode::kFailedPrecondition);
    }
  }
}

TEST_CASE("nobody moves himself between states without the permission") {
  Given given;
  for (const char* command : {"DeactivateUser", "LockUser", "DeleteUser"}) {
    CHECK(given.When("bob", command, kBob).reason == "auth.permission_denied");
  }
}

TEST_CASE("whoever may remove himself does, and nobody else") {
  Given given;
  CHECK(given.When("bob", "RemoveMyUser", kBob).reason == "auth.permission_denied");
  given.Member(OrgScope("acme"), "bob", {"ORG_USER_SELF_MANAGER"});
  // Whomever the request names, which the gateway never lets it.
  CHECK(given.When("bob", "RemoveMyUser", "user_id: 'ann'").events ==
        Strings{"user.removed bob", "org.member.cascade.removed acme"});
  CHECK(given.When("bob", "RemoveMyUser", kBob).reason == "auth.token_invalid");
}

TEST_CASE("an answer tells sequence, time and owner of the change") {
  Given given;
  const Then then = given.When("ann", "LockUser", kBob);
  const auto& details = then.response<LockUserResponse>().details();
  CHECK(details.sequence() == given.store.ReadSequence(1).value());
  CHECK(details.resource_owner() == "acme");
  CHECK(details.change_date().seconds() == absl::ToUnixSeconds(given.clock.Now()));
}

TEST_CASE("with a user end his roles, tokens and metadata, in one commit") {
  Given given;
  REQUIRE(given
              .When("ann", "AddPersonalAccessToken",
                    "user_id: 'clerk' expiration_date { seconds: 4000000000 }")
              .ok());
  given.Member(OrgScope("home"), "clerk", {"ORG_OWNER_VIEWER"});
  REQUIRE(given.When("ann", "SetUserMetadata", "user_id: 'clerk' metadata { key: 'a' }").ok());
  const Then then = given.When("ann", "DeleteUser", "user_id: 'clerk'");
  CHECK(then.events == Strings{"user.removed clerk", "org.member.cascade.removed acme",
                               "org.member.cascade.removed home", "user.pat.removed clerk",
                               "user.metadata.removed.all clerk"});
  for (const auto& fact : then.facts) {
    if (fact.meta.stream.aggregate == AGGREGATE_USER) CHECK(fact.meta.owner == "acme");
  }
  CHECK(then.response<DeleteUserResponse>().details().sequence() == then.facts[0].meta.sequence);
  CHECK(given.When("clerk", "LockUser", kBob).reason == "auth.token_invalid");
}

TEST_CASE("a name is free after its user, an id is not") {
  Given given;
  REQUIRE(given.When("ann", "DeleteUser", kBob).ok());
  CHECK(given.When("ann", "DeleteUser", kBob).reason == "user.not_found");
  const std::string again =
      "organization_id: 'acme' username: 'BOB@example.org' machine { name: 'Bob' } ";
  CHECK(given.When("ann", "CreateUser", again + kBob).reason == "user.already_exists");
  CHECK(given.When("ann", "CreateUser", again).ok());
}

TEST_CASE("of many who lock one user at the same time one does") {
  Given given;
  const std::vector<Then> thens = given.Race("ann", "LockUser", Strings(8, kBob));
  int won = 0;
  for (const Then& then : thens) {
    won += then.ok();
    if (!then.ok()) CHECK(then.reason == "user.already_locked");
  }
  CHECK(won == 1);
  CHECK(thens[0].events == Strings{"user.locked bob"});
}

}  // namespace
}  // namespace muniment::command
