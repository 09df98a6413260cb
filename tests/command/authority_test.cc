// What gives somebody another's account, or his own for good, takes more than the permission: from
// managers all that the other holds, from a person himself a proof of lately, and from whoever has a
// message lead elsewhere the right to have its code in hand.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/proof.h"
#include "muniment/event/v1/credential.pb.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

// bob is signed in by his password, a while ago.
struct Stale : Signing {
  Stale() {
    REQUIRE(Create(Proof()).ok());
    session_token = token;
    clock.Advance(kFresh + absl::Minutes(1));
  }
  std::string Bob(const std::string& method, const std::string& more) {
    return When("bob", method, absl::StrCat("user_id: 'bob' ", more)).reason;
  }
};

const std::string kNewPassword = "new_password { password: 'Wood-Lamp-7-River' }";

TEST_CASE("an old session changes no credential, whatever its user holds") {
  Stale given;
  const bool owner = GENERATE(false, true);
  if (owner) given.Member(InstanceScope(), "bob", {"IAM_OWNER"});
  for (const char* method : {"RegisterPasskey", "RegisterU2F", "RegisterTOTP"}) {
    INFO(method << owner);
    CHECK(given.Bob(method, "") == "auth.proof_too_old");
  }
  const std::string none = owner ? "auth.proof_too_old" : "user.write_required";
  CHECK(given.Bob("SetPassword", kNewPassword) == none);
  CHECK(given.Bob("PasswordReset", "return_code {}") == none);
  // An address gets the next password.
  for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
           {"SetEmail", "email: 'mallory@example.org'"},
           {"SetPhone", "phone: '+41791234567'"},
           {"UpdateUser", "human { email { email: 'mallory@example.org' } }"},
           {"UpdateUser", "human { phone { phone: '+41791234567' } }"},
           {"UpdateHumanUser", "email { email: 'mallory@example.org' }"},
           {"UpdateHumanUser", "phone { phone: '+41791234567' }"}}) {
    INFO(method << " " << request << owner);
    CHECK(given.Bob(method, request) == "auth.proof_too_old");
  }
  // What is no credential he changes as before, and the password by the old one.
  CHECK(given.Bob("UpdateUser", "human { profile { nick_name: 'B' } }") == "");
  CHECK(given.Bob("SetPassword", absl::StrCat(kNewPassword, " current_password: '", kPassword,
                                              "'")) == "");
}

TEST_CASE("an old session makes no credential of others either") {
  Stale given;
  given.Member(InstanceScope(), "bob", {"IAM_OWNER"});
  const std::string robot = "user_id: 'robot' expiration_date { seconds: 4000000000 }";
  const auto all = [&] {
    Strings reasons;
    for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
             {"SetPassword", absl::StrCat("user_id: 'ann' ", kNewPassword)},
             {"RegisterPasskey", "user_id: 'ann'"},
             {"RegisterTOTP", "user_id: 'ann'"},
             {"SetEmail", "user_id: 'ann' email: 'a@example.net' is_verified: true"},
             {"AddPersonalAccessToken", robot},
             {"CreateAdministrator",
              "user_id: 'ann' resource { instance: true } roles: 'IAM_OWNER'"},
             {"UpdateAdministrator",
              "user_id: 'bob' resource { instance: true } roles: 'IAM_OWNER' roles: "
              "'IAM_ADMIN_IMPERSONATOR'"},
             {"CreateRole",
              "resource { instance: true } name: 'SPY' level: ROLE_LEVEL_INSTANCE "
              "permissions: 'user.read'"}}) {
      reasons.push_back(given.When("bob", method, request).reason);
    }
    return reasons;
  };
  CHECK(all() == Strings(8, "auth.proof_too_old"));
  CHECK(given.When("bob", "UpdateUser", "user_id: 'ann' human { profile { nick_name: 'A' } }").ok());
  given.session_token.clear();
  given.SignIn("bob");
  CHECK(all() == Strings(8));
}

TEST_CASE("who has his mail sent again need not be who chose its link") {
  Signing given;
  const std::string link = "https://app.elsewhere.test/?c={{.Code}}";
  given.SignIn("bob");
  event::v1::EmailChanged fresh;
  fresh.set_email("b@example.net");
  given.Fact<User>(UserScope("bob"), fresh);
  const auto send = [&](const std::string& caller, const std::string& more) {
    return given.When(caller, "SendEmailCode",
                      absl::StrCat("user_id: 'bob' send_code { ", more, " }"));
  };
  CHECK(send("bob", absl::StrCat("url_template: '", link, "'")).reason == "user.write_required");
  REQUIRE(send("ann", absl::StrCat("url_template: '", link, "'")).ok());
  const Then again = given.When("bob", "ResendEmailCode", "user_id: 'bob'");
  REQUIRE(again.ok());
  CHECK(again.fact<event::v1::EmailCodeAdded>(0).code().url_template() == link);
  CHECK(send("bob", "url_template: 'https://app.elsewhere.test/other?c={{.Code}}'").reason ==
        "user.write_required");
}

TEST_CASE("an old session takes no phone away, which is a factor") {
  Stale given;
  event::v1::PhoneChanged phone;
  phone.set_phone("+41791234567");
  given.Fact<User>(UserScope("bob"), phone);
  CHECK(given.Bob("RemovePhone", "") == "auth.proof_too_old");
  CHECK(given.Bob("UpdateUser", "human { phone { phone: '' } }") == "auth.proof_too_old");
  given.session_token.clear();
  CHECK(given.When("ann", "RemovePhone", "user_id: 'bob'").ok());
}

TEST_CASE("a new proof makes an old session fresh") {
  Stale given;
  const std::string old = given.token;
  given.session_token.clear();
  REQUIRE(given.Set(absl::StrCat("checks { password { password: '", kPassword, "' } }")).ok());
  given.session_token = given.token;
  CHECK(given.Bob("SetEmail", "email: 'b@example.org'") == "");
}

TEST_CASE("a code is mailed with a link to pages of the instance, or by whoever may have it") {
  Signing given;
  given.Member(OrgScope("home"), "bob", {"ORG_OWNER"});  // which ann is not
  const auto reset = [&given](const std::string& caller, const std::string& link) {
    given.clock.Advance(absl::Hours(1));
    return given
        .When(caller, "PasswordReset",
              absl::StrCat("user_id: 'bob' send_link { url_template: '", link, "' }"))
        .reason;
  };
  const std::string elsewhere = "https://evil.test/?c={{.Code}}";
  for (const char* link :
       {"https://evil.test/?c={{.Code}}", "https://example.test.evil.test/?c={{.Code}}",
        "https://notexample.test/?c={{.Code}}", "http://evil.test:80#example.test{{.Code}}"}) {
    INFO(link);
    CHECK(reset("ann", link) == "user.holds_more");
    CHECK(reset("root", link) == "");
  }
  for (const char* link : {"https://example.test/set?c={{.Code}}", "http://EXAMPLE.test:8443/{{.Code}}",
                           "https://login.example.test/?c={{.Code}}"}) {
    INFO(link);
    CHECK(reset("ann", link) == "");
  }
  REQUIRE(given.Create(Proof()).ok());
  given.session_token = given.token;
  CHECK(reset("bob", elsewhere) == "user.write_required");
  given.session_token.clear();
  CHECK(given.When("ann", "CreatePasskeyRegistrationLink",
                   absl::StrCat("user_id: 'bob' send_link { url_template: '", elsewhere, "' }"))
            .reason == "user.holds_more");
}

TEST_CASE("an address counts as proved by him who read what it was sent") {
  Signing given;
  const auto proved = [&given](const std::string& verification, const std::string& caller) {
    given.clock.Advance(absl::Hours(1));
    const Then set = given.When("ann", "SetEmail",
                                absl::StrCat("user_id: 'bob' email: 'b",
                                             absl::ToUnixSeconds(given.clock.Now()),
                                             "@example.org' ", verification));
    REQUIRE(set.ok());
    if (verification == "is_verified: true") {
      return set.fact<event::v1::EmailVerified>(1).proved();
    }
    const Then verified = given.When(
        caller, "VerifyEmail",
        absl::StrCat("user_id: 'bob' verification_code: '",
                     set.fact<event::v1::EmailCodeAdded>(1).code().code(), "'"));
    REQUIRE(verified.ok());
    return verified.fact<event::v1::EmailVerified>(1).proved();
  };
  CHECK(proved("", "bob"));
  CHECK(proved("send_code { url_template: 'https://example.test/?c={{.Code}}' }", "bob"));
  CHECK_FALSE(proved("send_code { url_template: 'https://other.test/?c={{.Code}}' }", "bob"));
  CHECK_FALSE(proved("return_code {}", "ann"));
  CHECK_FALSE(proved("is_verified: true", ""));
}

}  // namespace
}  // namespace muniment::command
