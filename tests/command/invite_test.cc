#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/user/factors.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::CreateInviteCodeResponse;

std::string ToBob(const std::string& rest) { return absl::StrCat("user_id: 'bob' ", rest); }
std::string Verify(const std::string& code) { return ToBob("verification_code: '" + code + "'"); }

const event::v1::Code& CodeOf(const Then& then) {
  return then.fact<event::v1::InviteCodeAdded>(0).code();
}

TEST_CASE("an invitation goes to an address that it then proves") {
  Given given;
  const std::string link = "https://login.example.org/invite?code={{.Code}}&org={{.OrgID}}";
  const Then invited = given.When(
      "ann", "CreateInviteCode",
      ToBob(absl::StrCat("send_code { url_template: '", link, "' application_name: 'App' }")));
  REQUIRE(invited.events == Strings{"user.human.invite.code.added bob"});
  CHECK_FALSE(invited.response<CreateInviteCodeResponse>().has_invite_code());
  CHECK(CodeOf(invited).address() == "bob@example.org");
  CHECK(CodeOf(invited).lifetime().seconds() == 72 * 3600);

  const Then again = given.When("ann", "ResendInviteCode", "user_id: 'bob'");
  REQUIRE(again.ok());
  CHECK(CodeOf(again).url_template() == link);
  CHECK(CodeOf(again).application_name() == "App");
  CHECK(given.When("ann", "VerifyInviteCode", Verify(CodeOf(invited).code())).events ==
        Strings{"user.human.invite.check.failed bob"});
  CHECK(given.When("ann", "VerifyInviteCode", Verify(CodeOf(again).code())).events ==
        Strings{"user.code.used bob", "user.human.email.verified bob"});
  CHECK(given.When("ann", "VerifyInviteCode", Verify(CodeOf(again).code())).reason ==
        "code.invalid");
  CHECK(given.When("ann", "ResendInviteCode", "user_id: 'bob'").reason == "code.none_pending");
}

TEST_CASE("only who has no way to sign in is invited, and a password ends an invitation") {
  Given given;
  const Then invited = given.When("ann", "CreateInviteCode", ToBob("return_code {}"));
  const std::string code = invited.response<CreateInviteCodeResponse>().invite_code();
  REQUIRE(code.size() == 6);
  CHECK(given.When("ann", "SetPassword", ToBob("new_password { password: 'password1' }")).events ==
        Strings{"user.human.password.changed bob", "user.code.voided bob"});
  CHECK(given.When("ann", "VerifyInviteCode", Verify(code)).reason == "code.invalid");
  CHECK(given.When("ann", "CreateInviteCode", "user_id: 'bob'").reason == "user.has_credentials");

  event::v1::PasskeyAdded begun;
  begun.mutable_registration()->set_token_id("1");
  given.Fact<UserFactors>(UserScope("ann"), begun);
  CHECK(given.When("root", "CreateInviteCode", "user_id: 'ann'").ok());
  event::v1::PasskeyVerified verified;
  verified.mutable_credential()->set_token_id("1");
  given.Fact<UserFactors>(UserScope("ann"), verified);
  CHECK(given.When("root", "CreateInviteCode", "user_id: 'ann'").reason == "user.has_credentials");
}

TEST_CASE("nobody invites himself, and whoever has the code returned may act as the invited") {
  Given given;
  CHECK(given.When("bob", "CreateInviteCode", ToBob("return_code {}")).reason ==
        "auth.permission_denied");
  CHECK(given.When("bob", "ResendInviteCode", "user_id: 'bob'").reason == "auth.permission_denied");
  CHECK(given.When("anonymous", "CreateInviteCode", "user_id: 'bob'").reason == "auth.required");
  CHECK(given.When("clerk", "CreateInviteCode", "user_id: 'ann' return_code {}").reason ==
        "user.holds_more");
  CHECK(given.When("clerk", "CreateInviteCode", "user_id: 'ann'").ok());
  CHECK(given.When("ann", "CreateInviteCode", "user_id: 'root' return_code {}").reason ==
        "user.not_found");
  CHECK(given.When("ann", "CreateInviteCode", "user_id: 'robot'").reason == "user.not_human");
}

TEST_CASE("an invitation ends with the address it went to") {
  Given given;
  given.SignIn("bob");
  const Then invited = given.When("ann", "CreateInviteCode", "user_id: 'bob'");
  REQUIRE(given.When("bob", "SetEmail", ToBob("email: 'b@example.net'")).ok());
  CHECK(given.When("ann", "VerifyInviteCode", Verify(CodeOf(invited).code())).reason ==
        "code.invalid");
}

}  // namespace
}  // namespace muniment::command
