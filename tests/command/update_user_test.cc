#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::UpdateHumanUserResponse;
using zitadel::user::v2::UpdateUserResponse;

std::string Bob(const std::string& human) {
  return absl::StrCat("user_id: 'bob' human { ", human, " }");
}

TEST_CASE("what is set changes and the rest stays") {
  Given given;
  const Then then =
      given.When("ann", "UpdateUser",
                 Bob("profile { family_name: 'New' } email { email: 'new@example.org' } "
                     "phone { phone: '+41791234567' is_verified: true }"));
  CHECK(then.events == Strings{"user.human.profile.changed bob", "user.human.email.changed bob",
                               "user.human.email.code.added bob", "user.human.phone.changed bob",
                               "user.human.phone.verified bob"});
  const auto& profile = then.fact<event::v1::ProfileChanged>(0).profile();
  CHECK(profile.given_name() == "bob");
  CHECK(profile.family_name() == "New");
  CHECK(profile.display_name() == "bob Test");
}

TEST_CASE("a request that changes nothing succeeds, is dated by the newest event, raises none") {
  Given given;
  const Then first = given.When("ann", "UpdateUser", Bob("email { email: 'x@example.org' }"));
  given.clock.Advance(absl::Hours(1));
  for (const char* same : {"email { email: 'x@example.org' }", "profile { given_name: 'bob' }",
                           "phone { phone: '' }", ""}) {
    INFO(same);
    const Then then = given.When("ann", "UpdateUser", Bob(same));
    REQUIRE(then.ok());
    CHECK(then.events.empty());
    CHECK(then.response<UpdateUserResponse>().change_date().seconds() ==
          first.response<UpdateUserResponse>().change_date().seconds());
  }
  const Then same = given.When("ann", "UpdateUser",
                               "user_id: 'robot' username: 'robot' machine { name: 'robot' }");
  CHECK(same.ok());
  CHECK(same.events.empty());
}

TEST_CASE("an address is verified once, and a new one is not") {
  Given given;
  const std::string vouched = Bob("email { email: 'bob@example.org' is_verified: true }");
  CHECK(given.When("ann", "UpdateUser", vouched).events ==
        Strings{"user.human.email.verified bob"});
  CHECK(given.When("ann", "UpdateUser", vouched).events.empty());
  CHECK(given.When("ann", "UpdateUser", Bob("email { email: 'b2@example.org' }")).events ==
        Strings{"user.human.email.changed bob", "user.human.email.code.added bob"});
  CHECK(given.When("ann", "UpdateUser", Bob("email { email: 'b2@example.org' is_verified: false }"))
            .events.empty());
}

TEST_CASE("an empty number removes the phone") {
  Given given;
  REQUIRE(given.When("ann", "UpdateUser", Bob("phone { phone: '+41791234567' }")).ok());
  CHECK(given.When("ann", "UpdateUser", Bob("phone { phone: '' }")).events ==
        Strings{"user.human.phone.removed bob", "user.code.voided bob"});
  CHECK(given.When("ann", "UpdateUser", Bob("phone { phone: '' }")).events.empty());
}

TEST_CASE("whoever holds user.write sets a password") {
  Given given;
  const Then then =
      given.When("ann", "UpdateUser",
                 Bob("password { password { password: 'password1' change_required: true } }"));
  CHECK(then.events == Strings{"user.human.password.changed bob"});
  CHECK(then.fact<event::v1::PasswordChanged>(0).password_hash() == "hash of password1");
  CHECK(then.fact<event::v1::PasswordChanged>(0).change_required());
  CHECK(
      given.When("ann", "UpdateUser", Bob("password { password { password: 'short' } }")).reason ==
      "password.too_short");
  CHECK(given.When("ann", "UpdateUser", Bob("password {}")).reason == "user.password_missing");
  CHECK(given
            .When("ann", "UpdateUser",
                  Bob("password { password { password: 'password2' } current_password: 'x' }"))
            .reason == "user.password_wrong");
}

TEST_CASE(
    "oneself is changed without a permission, but nothing is vouched for or proved by saying") {
  Given given;
  given.SignIn("bob");
  CHECK(given
            .When("bob", "UpdateUser",
                  Bob("profile { nick_name: 'b' } email { email: 'b@example.org' }"))
            .events == Strings{"user.human.profile.changed bob", "user.human.email.changed bob",
                               "user.human.email.code.added bob"});
  CHECK(given.When("bob", "UpdateUser", "user_id: 'bob' username: 'bobby'").events ==
        Strings{"user.username.changed bob"});
  CHECK(given.When("bob", "UpdateUser", "user_id: 'bob' username: 'ANN@example.org'").reason ==
        "user.username_taken");
  for (const std::string& request :
       {Bob("email { email: 'b@example.org' is_verified: true }"),
        Bob("phone { phone: '+41791234567' is_verified: true }"),
        Bob("password { password { password: 'password1' } }"),
        Bob("password { hashed_password { hash: 'x' } }"),
        std::string("user_id: 'bob' metadata { key: 'role' value: 'admin' }")}) {
    INFO(request);
    const Then then = given.When("bob", "UpdateUser", request);
    CHECK(then.reason == "user.write_required");
    CHECK(then.code == absl::StatusCode::kPermissionDenied);
    CHECK(then.events.empty());
  }
  CHECK(given
            .When("bob", "UpdateHumanUser",
                  "user_id: 'bob' password { password { password: 'password1' } }")
            .reason == "user.write_required");
  given.SignIn("ann");
  CHECK(given
            .When("ann", "UpdateUser",
                  "user_id: 'ann' human { email { email: 'a@example.org' is_verified: true } }")
            .reason == "user.vouches_for_himself");
}

TEST_CASE("nobody changes others without the permission, nor learns of them") {
  Given given;
  CHECK(given.When("bob", "UpdateUser", "user_id: 'ann' human { profile { nick_name: 'a' } }")
            .reason == "user.not_found");
  CHECK(given.When("ann", "UpdateUser", "user_id: 'root' human { profile { nick_name: 'a' } }")
            .reason == "user.not_found");
  CHECK(given.When("ann", "UpdateUser", "user_id: 'none' human { profile { nick_name: 'a' } }")
            .reason == "user.not_found");
}

TEST_CASE("a new user name frees the old one") {
  Given given;
  CHECK(given.When("ann", "UpdateUser", "user_id: 'bob' username: 'robert'").events ==
        Strings{"user.username.changed bob"});
  CHECK(given.When("ann", "UpdateUser", "user_id: 'ann' username: 'ROBERT'").reason ==
        "user.username_taken");
  CHECK(given.When("ann", "UpdateUser", "user_id: 'bob' username: 'Robert'").ok());
  CHECK(given.When("ann", "UpdateUser", "user_id: 'ann' username: 'bob@example.org'").ok());
  CHECK(given.When("ann", "UpdateUser", "user_id: 'ann' username: ' x'").reason ==
        "request.username.not_name");
}

TEST_CASE("parts of a person do not fit a machine, nor the reverse") {
  Given given;
  CHECK(given.When("ann", "UpdateUser", "user_id: 'robot' human {}").reason == "user.not_human");
  CHECK(given.When("ann", "UpdateHumanUser", "user_id: 'robot'").reason == "user.not_human");
  const Then then = given.When("ann", "UpdateUser", "user_id: 'bob' machine { name: 'x' }");
  CHECK(then.reason == "user.not_machine");
  CHECK(then.code == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("a machine's name, description and kind of token change") {
  Given given;
  const Then then = given.When("ann", "UpdateUser",
                               "user_id: 'robot' machine { description: 'new' "
                               "access_token_type: ACCESS_TOKEN_TYPE_JWT }");
  CHECK(then.events == Strings{"user.machine.changed robot"});
  const auto& changed = then.fact<event::v1::MachineChanged>(0);
  CHECK(changed.name() == "robot");
  CHECK(changed.description() == "new");
  CHECK(changed.access_token_type() == event::v1::ACCESS_TOKEN_TYPE_JWT);
  CHECK(given.When("ann", "UpdateUser", "user_id: 'robot' machine { name: '' }").reason ==
        "request.machine.name.too_short");
}

TEST_CASE("the older update of people says the same in its own form") {
  Given given;
  const Then then =
      given.When("ann", "UpdateHumanUser",
                 "user_id: 'bob' username: 'bobby' profile { given_name: 'Bob' family_name: 'Test' "
                 "nick_name: '' } email { email: 'bob@example.org' is_verified: true }");
  CHECK(then.events == Strings{"user.username.changed bob", "user.human.profile.changed bob",
                               "user.human.email.verified bob"});
  CHECK(then.response<UpdateHumanUserResponse>().details().resource_owner() == "acme");
}

TEST_CASE("metadata are set with the user they belong to") {
  Given given;
  const std::string set = "user_id: 'bob' metadata { key: 'a' value: '1' }";
  CHECK(given.When("ann", "UpdateUser", set).events == Strings{"user.metadata.set bob"});
  CHECK(given.When("ann", "UpdateUser", set).events.empty());
}

TEST_CASE("users of a deactivated organization are still administrated") {
  Given given;
  REQUIRE(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").ok());
  CHECK(given.When("root", "UpdateUser", Bob("profile { nick_name: 'b' }")).ok());
  CHECK(given.When("ann", "UpdateUser", Bob("profile { nick_name: 'c' }")).reason ==
        "auth.token_invalid");
}

}  // namespace
}  // namespace muniment::command
