// Metadata and personal access tokens.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::org::v2::SetOrganizationMetadataResponse;
using zitadel::user::v2::AddPersonalAccessTokenResponse;

const std::string kSetAB = "metadata { key: 'a' value: '1' } metadata { key: 'b' value: '2' } ";

TEST_CASE("metadata of users and organizations are set, replaced and removed by key") {
  Given given;
  struct Case {
    std::string set, remove, target, id, type;
  };
  for (const Case& each : std::vector<Case>{
           {"SetUserMetadata", "DeleteUserMetadata", "user_id: 'bob' ", "bob", "user"},
           {"SetOrganizationMetadata", "DeleteOrganizationMetadata", "organization_id: 'acme' ",
            "acme", "org"}}) {
    const std::string set = absl::StrCat(each.type, ".metadata.set ", each.id);
    const std::string removed = absl::StrCat(each.type, ".metadata.removed ", each.id);
    const auto when = [&](const std::string& command, const std::string& request) {
      return given.When("ann", command, each.target + request);
    };
    CHECK(when(each.set, kSetAB).events == Strings{set, set});
    CHECK(when(each.set, kSetAB).events.empty());
    CHECK(when(each.set, "metadata { key: 'a' value: '2' } metadata { key: 'b' value: '2' }")
              .events == Strings{set});
    CHECK(when(each.set, "").ok());
    CHECK(when(each.set, "metadata { key: 'a' } metadata { key: 'a' }").reason ==
          "metadata.key_repeated");
    CHECK(when(each.remove, "keys: 'a' keys: 'c'").reason == "metadata.not_found");
    CHECK(when(each.remove, "keys: 'a' keys: 'a'").reason == "metadata.key_repeated");
    CHECK(when(each.remove, "keys: 'a' keys: 'b'").events == Strings{removed, removed});
    CHECK(when(each.remove, "keys: 'a'").reason == "metadata.not_found");
    CHECK(given.When("bob", each.set, each.target + kSetAB).reason ==
          (each.id == "bob" ? "auth.permission_denied" : "org.not_found"));
  }
}

TEST_CASE("setting what is set is dated by the day it was set") {
  Given given;
  const std::string set = "organization_id: 'acme' " + kSetAB;
  const Then first = given.When("ann", "SetOrganizationMetadata", set);
  given.clock.Advance(absl::Hours(1));
  REQUIRE(given.When("ann", "LockUser", "user_id: 'bob'").ok());
  const Then again = given.When("ann", "SetOrganizationMetadata", set);
  CHECK(again.response<SetOrganizationMetadataResponse>().set_date().seconds() ==
        first.response<SetOrganizationMetadataResponse>().set_date().seconds());
}

TEST_CASE("a token is shown once, and the log keeps its hash") {
  Given given;
  const Then then = given.When("ann", "AddPersonalAccessToken",
                               "user_id: 'robot' expiration_date { seconds: 4000000000 }");
  REQUIRE(then.ok());
  const auto& response = then.response<AddPersonalAccessTokenResponse>();
  CHECK(then.events == Strings{"user.pat.added robot"});
  CHECK(response.token().size() == 43);
  CHECK(response.has_creation_date());
  const auto& added = then.fact<event::v1::PersonalAccessTokenAdded>(0);
  CHECK(added.token_hash() == Sha256(response.token()).str());
  CHECK(added.token_id() == response.token_id());
  CHECK(added.expiration().seconds() == 4000000000);
  const Then other = given.When("robot", "AddPersonalAccessToken",
                                "user_id: 'robot' expiration_date { seconds: 4000000000 }");
  CHECK(other.response<AddPersonalAccessTokenResponse>().token() != response.token());
}

TEST_CASE("nobody gets a token or a password of one who holds more") {
  Given given;
  const std::string token = "user_id: 'robot' expiration_date { seconds: 4000000000 }";
  CHECK(given.When("clerk", "AddPersonalAccessToken", token).ok());

  given.Member(OrgScope("home"), "robot", {"ORG_OWNER"});
  for (const auto* caller : {"clerk", "ann"}) {
    const Then then = given.When(caller, "AddPersonalAccessToken", token);
    CHECK(then.code == absl::StatusCode::kPermissionDenied);
    CHECK(then.reason == "user.holds_more");
    CHECK(then.events.empty());
  }
  CHECK(given.When("root", "AddPersonalAccessToken", token).ok());
  CHECK(given.When("robot", "AddPersonalAccessToken", token).ok());

  const std::string password =
      "human { password { password { password: 'Secret-1-of-many' } } } user_id: ";
  CHECK(given.When("clerk", "UpdateUser", password + "'bob'").ok());
  CHECK(given.When("clerk", "UpdateUser", password + "'ann'").reason == "user.holds_more");
  CHECK(given.When("ann", "UpdateUser", password + "'ann'").reason == "auth.proof_too_old");
  given.SignIn("ann");
  CHECK(given.When("ann", "UpdateUser", password + "'ann'").reason == "user.vouches_for_himself");
  given.Member(OrgScope("acme"), "bob", {"ORG_OWNER_VIEWER"});
  CHECK(given.When("ann", "UpdateUser", password + "'bob'").ok());
}

TEST_CASE("by itself a token makes none that outlives it") {
  Given given;
  const auto add = [&](const std::string& caller, const std::string& user, int64_t seconds,
                       int nanos = 0) {
    return given.When(caller, "AddPersonalAccessToken",
                      absl::StrCat("user_id: '", user, "' expiration_date { seconds: ", seconds,
                                   " nanos: ", nanos, " }"));
  };
  constexpr int64_t kShort = 3000000000;
  const auto show_token_of = [&](const std::string& user) {
    given.token_id = "";
    given.token_id =
        add("root", user, kShort).response<AddPersonalAccessTokenResponse>().token_id();
  };
  show_token_of("robot");
  for (const auto& [seconds, nanos] :
       std::vector<std::pair<int64_t, int>>{{kShort, 1}, {kShort + 1, 0}, {4000000000, 0}}) {
    const Then then = add("robot", "robot", seconds, nanos);
    CHECK(then.code == absl::StatusCode::kPermissionDenied);
    CHECK(then.reason == "token.outlives_proof");
    CHECK(then.events.empty());
  }
  CHECK(add("robot", "robot", kShort).ok());

  // What it may do by a permission it may do for itself.
  given.Member(OrgScope("acme"), "robot", {"ORG_USER_MANAGER"});
  CHECK(add("robot", "robot", 4000000000).ok());
  show_token_of("clerk");
  CHECK(add("clerk", "clerk", 4000000000).ok());
}

TEST_CASE("tokens that make no sense are refused") {
  Given given;
  const auto add = [&](const std::string& request) {
    return given.When("ann", "AddPersonalAccessToken", request).reason;
  };
  const int64_t now = absl::ToUnixSeconds(given.clock.Now());
  CHECK(add("user_id: 'robot'") == "request.expiration_date.required");
  CHECK(add(absl::StrCat("user_id: 'robot' expiration_date { seconds: ", now, " }")) ==
        "token.expiration_past");
  CHECK(add("user_id: 'robot' expiration_date { seconds: -5 }") == "token.expiration_past");
  CHECK(add("user_id: 'robot' expiration_date { seconds: 9223372036854775807 }") ==
        "token.expiration_invalid");
  CHECK(add("user_id: 'robot' expiration_date { seconds: 4000000000 nanos: -1 }") ==
        "token.expiration_invalid");
  CHECK(add("user_id: 'bob' expiration_date { seconds: 4000000000 }") == "user.not_machine");
  CHECK(given
            .When("bob", "AddPersonalAccessToken",
                  "user_id: 'robot' expiration_date { seconds: 4000000000 }")
            .reason == "user.not_found");
}

TEST_CASE("a removed token is refused from then on") {
  Given given;
  const Then added = given.When("ann", "AddPersonalAccessToken",
                                "user_id: 'robot' expiration_date { seconds: 4000000000 }");
  const std::string remove =
      absl::StrCat("user_id: 'robot' token_id: '",
                   added.response<AddPersonalAccessTokenResponse>().token_id(), "'");
  CHECK(given.When("ann", "RemovePersonalAccessToken", remove).events ==
        Strings{"user.pat.removed robot"});
  const Then again = given.When("ann", "RemovePersonalAccessToken", remove);
  CHECK(again.reason == "token.not_found");
  CHECK(again.code == absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace muniment::command
