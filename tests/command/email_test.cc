// A person's address: how it changes, is proved, and by whom. What holds for numbers alike is in
// phone_test.cc, who may vouch in vouching_test.cc.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "base/error_facts.h"
#include "command/policy/settings.h"
#include "command/user/factors.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::org::v2::AddOrganizationResponse;
using zitadel::user::v2::AddHumanUserResponse;
using zitadel::user::v2::CreateUserResponse;
using zitadel::user::v2::ResendEmailCodeResponse;
using zitadel::user::v2::SetEmailResponse;
using zitadel::user::v2::UpdateUserResponse;

std::string ToBob(const std::string& rest) { return absl::StrCat("user_id: 'bob' ", rest); }

const event::v1::Code& MailedCode(const Then& then, size_t index) {
  return then.fact<event::v1::EmailCodeAdded>(index).code();
}

Then Verify(Given& given, const std::string& code, const std::string& caller = "bob") {
  return given.When(caller, "VerifyEmail", ToBob(absl::StrCat("verification_code: '", code, "'")));
}

std::string RetrySeconds(const Then& then) {
  return ErrorFact(then.status, kRetryAfter);
}

TEST_CASE("a new address counts at once, is not verified, and its code is mailed") {
  Given given;
  given.SignIn("bob");
  const Then set = given.When("bob", "SetEmail", ToBob("email: 'b@example.net'"));
  REQUIRE(set.events ==
          Strings{"user.human.email.changed bob", "user.human.email.code.added bob"});
  CHECK_FALSE(set.response<SetEmailResponse>().has_verification_code());
  CHECK(set.response<SetEmailResponse>().details().resource_owner() == "acme");
  const event::v1::Code& code = MailedCode(set, 1);
  CHECK(code.channel() == event::v1::CODE_CHANNEL_EMAIL);
  CHECK(code.address() == "b@example.net");
  CHECK(code.lifetime().seconds() == 3600);
  CHECK(code.code().size() == 6);
  CHECK(code.code().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
        std::string::npos);

  CHECK(Verify(given, "WRONG1").events == Strings{"user.human.email.verification.failed bob"});
  const Then verified = Verify(given, code.code());
  CHECK(verified.events == Strings{"user.code.used bob", "user.human.email.verified bob"});
  CHECK(Verify(given, code.code()).reason == "code.invalid");
}

TEST_CASE("the code for the old address proves nothing of the new one, nor resets a password") {
  Given given;
  given.SignIn("bob");
  const Then first = given.When("bob", "SetEmail", ToBob("email: 'b1@example.net'"));
  const Then second = given.When("bob", "SetEmail", ToBob("email: 'b2@example.net'"));
  CHECK(second.events == Strings{"user.human.email.changed bob", "user.code.voided bob",
                                 "user.human.email.code.added bob"});
  CHECK(Verify(given, MailedCode(first, 1).code()).reason == "code.invalid");
  CHECK(Verify(given, MailedCode(second, 2).code()).ok());
}

TEST_CASE("an address that stands is left alone: verified already, or proved as the request says") {
  Given given;
  given.SignIn("bob");
  const std::string same = "email: 'bob@example.org' ";
  CHECK(given.When("bob", "SetEmail", ToBob(same)).events ==
        Strings{"user.human.email.code.added bob"});
  CHECK(given.When("ann", "SetEmail", ToBob(same + "is_verified: true")).events ==
        Strings{"user.human.email.verified bob", "user.code.voided bob"});
  const Then again = given.When("ann", "SetEmail", ToBob(same + "return_code {}"));
  CHECK(again.ok());
  CHECK(again.events.empty());
  CHECK_FALSE(again.response<SetEmailResponse>().has_verification_code());
}

TEST_CASE("a mailbox that is spelled anew stays verified, and as proved as it was") {
  for (const bool proved : {false, true}) {
    Given given;
    given.SignIn("bob");
    event::v1::EmailVerified verified;
    verified.set_proved(proved);
    given.Fact<User>(UserScope("bob"), verified);
    const Then set = given.When("bob", "SetEmail", ToBob("email: 'Bob@EXAMPLE.org'"));
    REQUIRE(set.events == Strings{"user.human.email.changed bob", "user.human.email.verified bob"});
    CHECK(set.fact<event::v1::EmailChanged>(0).email() == "Bob@EXAMPLE.org");
    CHECK(set.fact<event::v1::EmailVerified>(1).proved() == proved);
    for (const char* method : {"UpdateUser", "UpdateHumanUser"}) {
      const std::string email = std::string(method) == "UpdateUser" ? "BOB@example.org"
                                                                    : "bOB@example.org";
      const std::string change = absl::StrCat("email { email: '", email, "' }");
      const std::string rest =
          std::string(method) == "UpdateUser" ? absl::StrCat("human { ", change, " }") : change;
      CHECK(given.When("bob", method, ToBob(rest)).events ==
            Strings{"user.human.email.changed bob", "user.human.email.verified bob"});
    }
    CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").reason == "user.email_verified");
  }
}

TEST_CASE("an address that was not verified is not for being spelled anew") {
  Given given;
  given.SignIn("bob");
  CHECK(given.When("bob", "SetEmail", ToBob("email: 'BOB@example.org'")).events ==
        Strings{"user.human.email.changed bob", "user.human.email.code.added bob"});
}

TEST_CASE("another mailbox that only looks or sorts like the verified one is not verified") {
  for (const auto& [verified, other] : std::vector<std::pair<std::string, std::string>>{
           {"strasse@example.org", "stra\303\237e@example.org"},           // ss, ß
           {"\317\203@example.org", "\317\202@example.org"},               // σ, ς
           {"i@example.org", "\304\260@example.org"},                        // i, İ
           {"bob@example.org", "b.ob@example.org"},
           {"bob@example.org", "bob+1@example.org"},
           {"bob@example.org", "bob@mail.example.org"},
           {"bob@example.org", "bob@ex\303\244mple.org"}}) {
    INFO(other);
    Given given;
    given.SignIn("bob");
    REQUIRE(given.When("ann", "SetEmail",
                       ToBob(absl::StrCat("email: '", verified, "' is_verified: true")))
                .ok());
    CHECK(given.When("bob", "SetEmail", ToBob(absl::StrCat("email: '", other, "'"))).events ==
          Strings{"user.human.email.changed bob", "user.human.email.code.added bob"});
  }
}

TEST_CASE("a code is sent again only where one is pending, with the link that it had") {
  Given given;
  CHECK(given.When("bob", "ResendEmailCode", "user_id: 'bob'").reason == "code.none_pending");
  const std::string link = "https://login.example.test/verify?code={{.Code}}&user={{.UserID}}";
  const Then sent = given.When(
      "bob", "SendEmailCode", ToBob(absl::StrCat("send_code { url_template: '", link, "' }")));
  REQUIRE(sent.events == Strings{"user.human.email.code.added bob"});
  const Then resent = given.When("bob", "ResendEmailCode", "user_id: 'bob'");
  REQUIRE(resent.events == Strings{"user.human.email.code.added bob"});
  CHECK(MailedCode(resent, 0).url_template() == link);
  CHECK(MailedCode(resent, 0).code() != MailedCode(sent, 0).code());
  CHECK(Verify(given, MailedCode(sent, 0).code()).reason == "code.invalid");
  CHECK(Verify(given, MailedCode(resent, 0).code()).ok());
  CHECK(given.When("bob", "ResendEmailCode", "user_id: 'bob'").reason == "user.email_verified");
  CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").reason == "user.email_verified");
}

TEST_CASE("a code counts for an hour from its making, and asking again makes another") {
  Given given;
  const Then sent = given.When("bob", "SendEmailCode", "user_id: 'bob'");
  given.clock.Advance(absl::Minutes(59));
  CHECK(Verify(given, "WRONG1").reason == "code.invalid");
  given.clock.Advance(absl::Minutes(1));
  CHECK(Verify(given, MailedCode(sent, 0).code()).reason == "code.expired");
  const Then again = given.When("bob", "ResendEmailCode", "user_id: 'bob'");
  CHECK(Verify(given, MailedCode(again, 0).code()).ok());
}

TEST_CASE("a link that would be broken is refused before anything is kept") {
  Given given;
  given.SignIn("bob");
  for (const auto& [link, reason] : std::vector<std::pair<std::string, std::string>>{
           {"https://example.org/{{.Code}", "template.malformed"},
           {"https://example.org/{{if .Code}}", "template.malformed"},
           {"https://example.org/{{.Password}}", "template.unknown_variable"},
           {"https://example.org/{{.CodeID}}", "template.unknown_variable"},
           {"javascript:alert({{.Code}})", "url_template.invalid"},
           {"https://{{.Code}}.example.org/", "url_template.invalid"},
           {"https://example.org@evil.example/{{.Code}}", "url_template.invalid"},
           {"/verify?code={{.Code}}", "url_template.invalid"}}) {
    INFO(link);
    for (const char* method : {"SetEmail", "SendEmailCode"}) {
      const Then then = given.When(
          "bob", method,
          absl::StrCat("user_id: 'bob' send_code { url_template: \"", link, "\" }",
                       std::string(method) == "SetEmail" ? " email: 'x@example.net'" : ""));
      CHECK(then.reason == reason);
      CHECK(then.events.empty());
    }
  }
}

TEST_CASE("what cannot be an address is refused by every path") {
  Given given;
  given.SignIn("bob");
  for (const char* address :
       {"b@example.org\\r\\nBcc: x@example.org", "b@example.org\\n", "\\\"b\\\"@example.org",
        "b <b@example.org>", "b@example.org,c@example.org", "b@exa\\342\\200\\213mple.org",
        "b\\342\\200\\213@example.org", "b\\342\\200\\256@example.org", "b@[127.0.0.1]", "b@127.1",
        "b@", "@example.org", "b@example..org", "b@-example.org", "b\\000@example.org"}) {
    INFO(address);
    const std::string quoted = absl::StrCat("'", address, "'");
    CHECK(given.When("bob", "SetEmail", ToBob("email: " + quoted)).reason ==
          "request.email.not_email");
    for (const char* method : {"UpdateUser", "UpdateHumanUser"}) {
      const std::string change = absl::StrCat("email { email: ", quoted, " }");
      CHECK(given
                .When("bob", method,
                      ToBob(std::string(method) == "UpdateUser"
                                ? absl::StrCat("human { ", change, " }")
                                : change))
                .code == absl::StatusCode::kInvalidArgument);
    }
    CHECK(given
              .When("ann", "AddHumanUser",
                    absl::StrCat("profile { given_name: 'a' family_name: 'b' } email { email: ",
                                 quoted, " }"))
              .code == absl::StatusCode::kInvalidArgument);
  }
  // Other scripts are as welcome as any.
  CHECK(given.When("bob", "SetEmail", ToBob("email: 'b@b\\303\\274cher.example'")).ok());
}

TEST_CASE("three codes go at once, then one a minute, and who may vouch has his without waiting") {
  Given given;
  given.SignIn("bob");
  for (int i = 0; i < 3; ++i) CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").ok());
  const Then refused = given.When("bob", "SendEmailCode", "user_id: 'bob'");
  CHECK(refused.reason == "code.sent_too_often");
  CHECK(refused.code == absl::StatusCode::kResourceExhausted);
  CHECK(RetrySeconds(refused) == "60");
  CHECK(refused.events.empty());
  // Neither another address nor another way to ask helps, nor who asks.
  CHECK(given.When("bob", "SetEmail", ToBob("email: 'b@example.net'")).reason ==
        "code.sent_too_often");
  CHECK(given.When("bob", "ResendEmailCode", "user_id: 'bob'").reason == "code.sent_too_often");
  CHECK(given.When("ann", "SendEmailCode", "user_id: 'bob'").reason == "code.sent_too_often");
  for (int i = 0; i < 20; ++i) {
    CHECK(given.When("ann", "SendEmailCode", ToBob("return_code {}")).ok());
  }
  // The other way is not held up.
  CHECK(given.When("bob", "SetPhone", ToBob("phone: '+41791234567'")).ok());
  given.clock.Advance(absl::Seconds(61));
  CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").ok());
  CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").reason == "code.sent_too_often");
}

TEST_CASE("one who is asked for ten codes in an hour waits for the next") {
  Given given;
  for (int i = 0; i < 10; ++i) {
    CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").ok());
    given.clock.Advance(absl::Minutes(2));
  }
  CHECK(RetrySeconds(given.When("bob", "SendEmailCode", "user_id: 'bob'")) == "2400");
  given.clock.Advance(absl::Minutes(40));
  CHECK(given.When("bob", "SendEmailCode", "user_id: 'bob'").ok());
}

TEST_CASE("an address is not sent more by having it under many names") {
  Given given;
  const auto make = [&](const std::string& name, const std::string& how) {
    return given.When(
        "ann", "CreateUser",
        absl::StrCat("organization_id: 'acme' user_id: '", name, "' username: '", name,
                     "' human { profile { given_name: 'a' family_name: 'b' } email { email: '",
                     name == "n4" ? "Many@Example.org" : "many@example.org", "' ", how, " } }"));
  };
  CHECK(make("n1", "send_code {}").ok());
  CHECK(make("n2", "send_code {}").ok());
  CHECK(make("n3", "send_code {}").ok());
  const Then refused = make("n4", "send_code {}");
  CHECK(refused.reason == "code.sent_too_often");
  CHECK(RetrySeconds(refused) == "60");
  CHECK(refused.events.empty());
  // Those that were made count together from here on, and what is sent to nobody does not.
  CHECK(given.When("ann", "SendEmailCode", "user_id: 'n1'").reason == "code.sent_too_often");
  CHECK(make("n5", "return_code {}").ok());
  CHECK(make("n6", "is_verified: true").ok());
  CHECK(given.When("ann", "SendEmailCode", "user_id: 'bob'").ok());
  given.clock.Advance(absl::Seconds(61));
  CHECK(make("n4", "send_code {}").ok());
}

TEST_CASE("an address is one, however its domain is written") {
  Given given;
  int sent = 0;
  for (const char* address :
       {"ada@b\\303\\274cher.example", "ada@xn--bcher-kva.example", "ADA@B\\303\\234CHER.example",
        "ada@b\\303\\274cher\\343\\200\\202example", "ada@b\\303\\274cher.ex\\357\\275\\201mple"}) {
    const Then then = given.When(
        "ann", "CreateUser",
        absl::StrCat("organization_id: 'acme' username: 'ada", sent, "' human { profile { given_name: "
                     "'a' family_name: 'b' } email { email: '", address, "' send_code {} } }"));
    INFO(address);
    CHECK(then.reason == (sent < 3 ? "" : "code.sent_too_often"));
    ++sent;
  }
}

TEST_CASE("nobody who claims another's address cuts him off from his mailbox") {
  Given given;
  given.SignIn("bob");
  REQUIRE(given.When("root", "SetEmail",
                     "user_id: 'ann' email: 'ann@mail.test' is_verified: true").ok());
  // Bob claims it, and asks for all that he may.
  CHECK(given.When("bob", "SetEmail", ToBob("email: 'ann@mail.test'")).ok());
  CHECK(given.When("bob", "ResendEmailCode", "user_id: 'bob'").ok());
  CHECK(given.When("bob", "ResendEmailCode", "user_id: 'bob'").ok());
  CHECK(given.When("bob", "ResendEmailCode", "user_id: 'bob'").reason == "code.sent_too_often");
  CHECK(given.When("root", "PasswordReset", "user_id: 'ann' send_link {}").ok());
  CHECK(given.When("root", "PasswordReset", "user_id: 'ann' send_link {}").ok());
}

TEST_CASE("messages of one command count one by one") {
  Given given;
  const std::string admin =
      "admins { human { profile { given_name: 'a' family_name: 'b' } username: 'a$0' email { "
      "email: 'one@example.org' send_code {} } } }";
  std::string admins;
  for (int i = 0; i < 4; ++i) absl::StrAppend(&admins, absl::Substitute(admin, i));
  CHECK(given.When("root", "AddOrganization", "name: 'Many' " + admins).reason ==
        "code.sent_too_often");
  admins.clear();
  for (int i = 0; i < 3; ++i) absl::StrAppend(&admins, absl::Substitute(admin, i));
  CHECK(given.When("root", "AddOrganization", "name: 'Few' " + admins).ok());
}

TEST_CASE("a message that was not asked for after all does not count") {
  Given given;
  for (int i = 0; i < 5; ++i) {
    // The address could be written to, and then the name is taken.
    CHECK(given.When("ann", "CreateUser",
                     "organization_id: 'acme' username: 'bob@example.org' human { profile { given_name: 'a' "
                     "family_name: 'b' } email { email: 'x@example.org' send_code {} } }")
              .reason == "user.username_taken");
  }
  CHECK(given.When("ann", "CreateUser",
                   "organization_id: 'acme' username: 'xeno' human { profile { given_name: 'a' "
                   "family_name: 'b' } email { email: 'x@example.org' send_code {} } }")
            .ok());
}

TEST_CASE("a locked person proves nothing") {
  Given given;
  const Then sent = given.When("bob", "SendEmailCode", "user_id: 'bob'");
  REQUIRE(given.When("ann", "LockUser", "user_id: 'bob'").ok());
  CHECK(Verify(given, MailedCode(sent, 0).code(), "ann").reason == "user.locked");
  REQUIRE(given.When("ann", "UnlockUser", "user_id: 'bob'").ok());
  CHECK(Verify(given, MailedCode(sent, 0).code()).ok());
}

TEST_CASE("whoever makes a person has the codes returned, sent, or none made") {
  Given given;
  const auto add = [&](const std::string& email, const std::string& phone) {
    return given.When("ann", "AddHumanUser",
                      absl::StrCat("profile { given_name: 'a' family_name: 'b' } "
                                   "email { email: 'new@example.org' ",
                                   email, " } ", phone));
  };
  const Then returned =
      add("return_code {}", "phone { phone: '+41 79 123 45 67' return_code {} }");
  REQUIRE(returned.ok());
  const auto& answer = returned.response<AddHumanUserResponse>();
  const std::string& id = answer.user_id();
  CHECK(returned.events == Strings{"user.human.added " + id, "user.human.email.code.added " + id,
                                   "user.human.phone.code.added " + id});
  CHECK(MailedCode(returned, 1).channel() == event::v1::CODE_CHANNEL_RETURNED);
  CHECK(MailedCode(returned, 1).code() == answer.email_code());
  CHECK(returned.fact<event::v1::PhoneCodeAdded>(2).code().address() == "+41791234567");
  const std::string verify = absl::StrCat("user_id: '", id, "' verification_code: '");
  CHECK(given.When("ann", "VerifyEmail", verify + answer.email_code() + "'").ok());
  CHECK(given.When("ann", "VerifyPhone", verify + answer.phone_code() + "'").ok());
  REQUIRE(given.When("ann", "DeleteUser", absl::StrCat("user_id: '", id, "'")).ok());

  const Then sent = given.When("ann", "CreateUser",
                               "organization_id: 'acme' human { profile { given_name: 'a' "
                               "family_name: 'b' } email { email: 'c@example.org' } }");
  REQUIRE(sent.events.size() == 2);
  CHECK(MailedCode(sent, 1).channel() == event::v1::CODE_CHANNEL_EMAIL);
  CHECK_FALSE(sent.response<CreateUserResponse>().has_email_code());

  CHECK(add("is_verified: false", "").events.size() == 1);
}

TEST_CASE("administrators of a new organization have their codes in its answer") {
  Given given;
  const Then then = given.When(
      "root", "AddOrganization",
      "name: 'New' admins { human { profile { given_name: 'a' family_name: 'b' } email { email: "
      "'a@example.org' return_code {} } } }");
  REQUIRE(then.ok());
  const auto& admin = then.response<AddOrganizationResponse>().created_admins(0);
  CHECK(admin.email_code().size() == 6);
  CHECK_FALSE(admin.has_phone_code());
  CHECK(given
            .When("root", "VerifyEmail",
                  absl::StrCat("user_id: '", admin.user_id(), "' verification_code: '",
                               admin.email_code(), "'"))
            .ok());
}

TEST_CASE("an update changes addresses as the calls of their own do") {
  Given given;
  given.SignIn("bob");
  const Then then = given.When(
      "ann", "UpdateUser",
      ToBob("human { email { email: 'b@example.net' return_code {} } "
            "phone { phone: '+41 79 123 45 67' return_code {} } }"));
  CHECK(then.events ==
        Strings{"user.human.email.changed bob", "user.human.email.code.added bob",
                "user.human.phone.changed bob", "user.human.phone.code.added bob"});
  const auto& answer = then.response<UpdateUserResponse>();
  CHECK(Verify(given, answer.email_code()).ok());
  CHECK(given.When("bob", "VerifyPhone",
                   ToBob(absl::StrCat("verification_code: '", answer.phone_code(), "'")))
            .ok());
  // Said of an address that stands, a link is sent; said of nothing, nothing is.
  const std::string same = "human { email { email: 'bob@example.org'";
  CHECK(given.When("bob", "UpdateUser", ToBob(same + "} }")).events.size() == 2);
  CHECK(given.When("bob", "UpdateUser", ToBob(same + "} }")).events.empty());
  CHECK(given.When("bob", "UpdateUser", ToBob(same + " send_code {} } }")).events ==
        Strings{"user.human.email.code.added bob"});
}

TEST_CASE("a machine has no address") {
  Given given;
  for (const char* request : {"SetEmail", "SetPhone", "SendEmailCode", "ResendEmailCode",
                              "ResendPhoneCode", "RemovePhone", "VerifyEmail", "VerifyPhone"}) {
    INFO(request);
    std::string fields = "user_id: 'robot'";
    if (std::string(request) == "SetEmail") fields += " email: 'r@example.org'";
    if (std::string(request) == "SetPhone") fields += " phone: '+41791234567'";
    if (std::string(request).find("Verify") == 0) fields += " verification_code: 'K7Q2ZD'";
    CHECK(given.When("ann", request, fields).reason == "user.not_human");
  }
}

}  // namespace
}  // namespace muniment::command
