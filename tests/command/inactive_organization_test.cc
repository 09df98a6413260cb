// Who signs in to, and is helped back to, an account in an organization that is at rest or gone.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

constexpr char kBob[] = "checks { user { user_id: 'bob' } }";
constexpr char kReset[] = "user_id: 'bob' return_code {}";

std::string Code(Signing& given) {
  const Then reset = given.When("root", "PasswordReset", kReset);
  REQUIRE(reset.ok());
  return reset.response<zitadel::user::v2::PasswordResetResponse>().verification_code();
}

std::string NewPassword(const std::string& code) {
  return absl::StrCat("user_id: 'bob' new_password { password: 'password2' } verification_code: '",
                      code, "'");
}

// What is answered once bob, or his organization, was deactivated by `method`.
std::vector<std::string> Answers(const std::string& method, const std::string& target) {
  Signing given;
  REQUIRE(given.Create(kBob, "root").ok());
  const std::string code = Code(given);
  REQUIRE(given.When("root", method, target).ok());
  const std::string password =
      absl::StrCat("checks { password { password: '", kPassword, "' } }");
  std::vector<std::string> answers;
  for (const Then& then :
       {given.Create(Proof(), "root"),
        given.Create(WithPassword("user_id: 'bob'", "wrong"), "root"),
        given.Create(WithPassword("login_name: 'bob@example.org'", kPassword), "root"),
        given.Create(kBob, "root"), given.Set(password, "root"),
        given.Set("checks { totp { code: '123456' } }", "root"),
        given.Set("checks { recovery_code { code: 'K7Q2Z-DP40B' } }", "root"),
        given.Set("challenges { otp_email {} }", "root"),
        given.When("root", "PasswordReset", "user_id: 'bob'"),
        given.When("root", "PasswordReset", kReset),
        given.When("root", "SetPassword", NewPassword(code)),
        given.When("root", "CreateInviteCode", "user_id: 'bob'"),
        given.When("root", "CreatePasskeyRegistrationLink", "user_id: 'bob'")}) {
    CHECK_FALSE(then.ok());
    answers.push_back(absl::StrCat(then.reason, " ", then.status.message(), " ",
                                   absl::StrJoin(then.events, ", ")));
  }
  return answers;
}

TEST_CASE("a person of an organization at rest is answered as one who is at rest himself") {
  const auto of_user = Answers("DeactivateUser", "user_id: 'bob'");
  const auto of_organization = Answers("DeactivateOrganization", "organization_id: 'acme'");
  REQUIRE(of_organization.size() == of_user.size());
  for (size_t i = 0; i < of_user.size(); ++i) {
    INFO(i);
    CHECK(of_organization[i] == of_user[i]);
  }
  CHECK_THAT(of_organization[0], Catch::EndsWith("user.human.password.check.failed bob"));
  CHECK(of_organization[3].find("not active") != std::string::npos);
}

TEST_CASE("what was sent before an organization came to rest waits until it is active again") {
  Signing given;
  const std::string code = Code(given);
  REQUIRE(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").ok());
  CHECK(given.When("root", "SetPassword", NewPassword(code)).reason == "user.not_active");
  CHECK(given.When("root", "PasswordReset", "user_id: 'bob'").events.empty());
  CHECK(given.Create(Proof(), "root").reason == "user.password_wrong");
  REQUIRE(given.When("root", "ActivateOrganization", "organization_id: 'acme'").ok());
  CHECK(given.Create(Proof(), "root").reason == "");
  CHECK(given.When("root", "SetPassword", NewPassword(code)).reason == "");
}

TEST_CASE("a person of an organization that is gone is nobody") {
  Signing given;
  REQUIRE(given.Create(kBob, "root").ok());
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'acme'").ok());
  CHECK(given.Create(kBob, "root").reason == "user.not_found");
  const Then proof = given.Create(Proof(), "root");
  CHECK(proof.reason == "user.password_wrong");
  REQUIRE(proof.events.size() == 1);
  CHECK_THAT(proof.events[0], Catch::StartsWith("user.unknown.password.check.failed unknown-"));
  const Then set =
      given.Set(absl::StrCat("checks { password { password: '", kPassword, "' } }"), "root");
  CHECK(set.reason == "user.password_wrong");
  const Then reset = given.When("root", "PasswordReset", "user_id: 'bob'");
  CHECK(reset.reason == "user.not_found");
  CHECK(reset.events.empty());
}

}  // namespace
}  // namespace muniment::command
