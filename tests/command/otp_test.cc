// One-time codes by SMS and by mail, and recovery codes: set up, asked for in a session, shown.
#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::session::v2::CreateSessionResponse;
using zitadel::session::v2::SetSessionResponse;
using zitadel::user::v2::GenerateRecoveryCodesResponse;

constexpr char kPhone[] = "+41791234567";

struct Way {
  std::string name;  // of the fields
  std::string type;  // in the names of events
  std::string method;
  std::string returned;
  std::string sent;
};
const Way kSms = {"otp_sms", "otp.sms", "OTPSMS", "otp_sms { return_code: true }", "otp_sms {}"};
const Way kEmail = {"otp_email", "otp.email", "OTPEmail", "otp_email { return_code {} }",
                    "otp_email {}"};

// Beside those that a new instance's login policy has.
constexpr event::v1::SecondFactor kFactors[] = {event::v1::SECOND_FACTOR_OTP_EMAIL,
                                                event::v1::SECOND_FACTOR_OTP_SMS,
                                                event::v1::SECOND_FACTOR_RECOVERY_CODE};

// bob has a password, a verified address and a verified number; `robot` signs people in.
struct World : Given {
  World() {
    event::v1::PasswordChanged password;
    password.set_password_hash("hash of p4ssw0rd of bob");
    Fact<User>(UserScope("bob"), password);
    Fact<User>(UserScope("bob"), event::v1::EmailVerified());
    event::v1::PhoneChanged phone;
    phone.set_phone(kPhone);
    Fact<User>(UserScope("bob"), phone);
    Fact<User>(UserScope("bob"), event::v1::PhoneVerified());
    Member(InstanceScope(), "robot", {"IAM_LOGIN_CLIENT"});
    for (const auto factor : kFactors) {
      event::v1::LoginSecondFactorAdded added;
      added.set_factor(factor);
      Fact<LoginPolicy>(InstanceScope(), added);
    }
  }

  void Open() {
    const Then made = When("robot", "CreateSession", "checks { user { user_id: 'bob' } }");
    REQUIRE(made.ok());
    id = made.response<CreateSessionResponse>().session_id();
  }
  Then Set(const std::string& more, const std::string& caller = "robot") {
    return When(caller, "SetSession", absl::StrCat("session_id: '", id, "' ", more));
  }
  // The code that is answered.
  std::string Ask(const Way& way) {
    const Then asked = Set(absl::StrCat("challenges { ", way.returned, " }"));
    INFO(asked.reason);
    REQUIRE(asked.ok());
    const auto& challenges = asked.response<SetSessionResponse>().challenges();
    return way.name == "otp_sms" ? challenges.otp_sms() : challenges.otp_email();
  }
  Then Show(const Way& way, const std::string& code) {
    return Set(absl::StrCat("checks { ", way.name, " { code: '", code, "' } }"));
  }
  Then Add(const Way& way, const std::string& by = "ann") {
    return When(by, absl::StrCat("Add", way.method), "user_id: 'bob'");
  }
  Then Recover(const std::string& code) {
    return Set(absl::StrCat("checks { recovery_code { code: '", code, "' } }"));
  }
  Then Generate(int count, const std::string& by = "ann") {
    return When(by, "GenerateRecoveryCodes", absl::StrCat("user_id: 'bob' count: ", count));
  }

  std::string id;
};

int Right(const std::vector<Then>& thens) {
  return static_cast<int>(
      std::count_if(thens.begin(), thens.end(), [](const Then& then) { return then.ok(); }));
}

TEST_CASE("one-time codes are a factor where they reach their user, until they are taken away") {
  for (const Way& way : {kSms, kEmail}) {
    World given;
    CHECK(given.Add(way).events ==
          Strings{absl::StrCat("user.human.mfa.", way.type, ".added bob")});
    CHECK(given.Add(way).reason == way.name + ".already_set_up");
    const Then removed = given.When("ann", "Remove" + way.method, "user_id: 'bob'");
    CHECK(removed.events == Strings{absl::StrCat("user.human.mfa.", way.type, ".removed bob"),
                                    "user.credentials.revoked bob"});
    CHECK(given.When("ann", "Remove" + way.method, "user_id: 'bob'").reason ==
          way.name + ".not_found");
    CHECK(given.When("ann", "Add" + way.method, "user_id: 'clerk'").reason == "user.not_human");
    CHECK(given.When("maker", "Add" + way.method, "user_id: 'nobody'").reason == "user.not_found");
    CHECK(given.Add(way, "bob").reason == "auth.proof_too_old");
    // ann's address was never verified, and she has no number.
    CHECK(given.When("root", "Add" + way.method, "user_id: 'ann'").reason ==
          way.name + ".address_unverified");
  }
}

TEST_CASE("a code that is asked for in a session is shown there once") {
  for (const Way& way : {kSms, kEmail}) {
    World given;
    given.Open();
    CHECK(given.Set(absl::StrCat("challenges { ", way.returned, " }")).reason ==
          way.name + ".not_set_up");
    REQUIRE(given.Add(way).ok());
    CHECK(given.Show(way, "12345678").reason == "code.invalid");  // none was asked for
    const std::string code = given.Ask(way);
    CHECK(code.size() == 8);
    CHECK(std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }));
    const Then right = given.Show(way, code);
    CHECK(right.events ==
          Strings{absl::StrCat("user.human.mfa.", way.type, ".check.succeeded bob"),
                  absl::StrCat("session.", way.type, ".checked ", given.id),
                  "session.token.set " + given.id});
    CHECK(given.Show(way, code).reason == "code.invalid");
    const std::string old = given.Ask(way);
    const std::string newer = given.Ask(way);
    if (old != newer) CHECK(given.Show(way, old).reason == "code.invalid");
    given.clock.Advance(absl::Minutes(5));
    CHECK(given.Show(way, newer).reason == "code.expired");
  }
}

TEST_CASE("six wrong tries void a session's code, and all count against the user") {
  World given;
  REQUIRE(given.Add(kEmail).ok());
  given.Open();
  const std::string code = given.Ask(kEmail);
  const Then wrong = given.Show(kEmail, "x");
  CHECK(wrong.reason == "code.invalid");
  CHECK(wrong.events == Strings{"session.otp.email.failed " + given.id,
                                "user.human.mfa.otp.email.check.failed bob"});
  for (int i = 0; i < 5; ++i) CHECK(given.Show(kEmail, "x").reason == "code.invalid");
  CHECK(given.Show(kEmail, code).reason == "code.invalid");
}

TEST_CASE("guesses in two sessions at once are counted together, and lock as the policy says") {
  World given;
  REQUIRE(given.Add(kSms).ok());
  event::v1::LockoutPolicyChanged lockout;
  lockout.mutable_policy()->set_max_otp_attempts(3);
  given.Fact<LockoutPolicy>(InstanceScope(), lockout);
  Strings requests;
  for (int i = 0; i < 6; ++i) {
    given.Open();
    given.Ask(kSms);
    requests.push_back(
        absl::StrCat("session_id: '", given.id, "' checks { otp_sms { code: 'x' } }"));
  }
  const auto thens = given.Race("robot", "SetSession", requests);
  CHECK(Right(thens) == 0);
  const Strings& events = thens.front().events;
  CHECK(std::count(events.begin(), events.end(), "user.human.mfa.otp.sms.check.failed bob") == 3);
  CHECK(std::count(events.begin(), events.end(), "user.locked bob") == 1);
  const std::string locked = given.Set("challenges { otp_sms { return_code: true } }").reason;
  CHECK(locked == "user.locked");
}

TEST_CASE("a user who is locked after the challenge shows its code in vain") {
  World given;
  REQUIRE(given.Add(kEmail).ok());
  given.Open();
  const std::string code = given.Ask(kEmail);
  REQUIRE(given.When("ann", "LockUser", "user_id: 'bob'").ok());
  CHECK(given.Show(kEmail, code).reason == "user.locked");
}

TEST_CASE("a code for the old address proves nothing once there is another") {
  World given;
  REQUIRE(given.Add(kEmail).ok());
  given.Open();
  const std::string code = given.Ask(kEmail);
  REQUIRE(given.When("ann", "SetEmail",
                     "user_id: 'bob' email: 'new@example.org' is_verified: true").ok());
  CHECK(given.Show(kEmail, code).reason == "code.invalid");
  REQUIRE(given.When("ann", "SetEmail", "user_id: 'bob' email: 'other@example.org'").ok());
  CHECK(given.Set("challenges { otp_email {} }").reason == "otp_email.address_unverified");
}

TEST_CASE("nobody has the code for himself answered, nor without the right to sign others in") {
  World given;
  REQUIRE(given.Add(kEmail).ok());
  const Then own = given.When("bob", "CreateSession", "checks { user { user_id: 'bob' } } "
                                                      "challenges { otp_email { return_code {} } }");
  CHECK(own.reason == "session.write_required");
  CHECK(own.events.empty());
  // Who may sign others in may not be told his own all the same.
  given.Member(InstanceScope(), "bob", {"IAM_LOGIN_CLIENT"});
  CHECK(given.When("bob", "CreateSession", "checks { user { user_id: 'bob' } } "
                                           "challenges { otp_email { return_code {} } }")
            .reason == "session.write_required");
  CHECK(given.When("bob", "CreateSession", "checks { user { user_id: 'bob' } } "
                                           "challenges { otp_email {} }")
            .ok());
}

TEST_CASE("a code that is sent is work, and messages are throttled over all sessions") {
  World given;
  REQUIRE(given.Add(kSms).ok());
  for (int i = 0; i < 3; ++i) {
    given.Open();
    const Then sent = given.Set("challenges { otp_sms {} }");
    REQUIRE(sent.ok());
    CHECK(sent.events == Strings{"user.message.asked bob", "session.otp.sms.challenged " + given.id,
                                 "session.token.set " + given.id});
    CHECK_FALSE(sent.response<SetSessionResponse>().challenges().has_otp_sms());
    const auto& code = sent.fact<event::v1::SessionOtpSmsChallenged>(1).code();
    CHECK(code.channel() == event::v1::CODE_CHANNEL_SMS);
    CHECK(code.address() == kPhone);
  }
  const Then often = given.Set("challenges { otp_sms {} }");
  CHECK(often.reason == "code.sent_too_often");
  CHECK(often.code == absl::StatusCode::kResourceExhausted);
  given.Ask(kSms);  // what is answered is no message
  given.clock.Advance(absl::Minutes(1));
  CHECK(given.Set("challenges { otp_sms {} }").ok());
  REQUIRE(given.Add(kEmail).ok());
  CHECK(given.Set("challenges { otp_email { send_code { url_template: "
                  "'https://example.org/{{.SessionID}}?c={{.Code}}' } } }")
            .ok());
  CHECK(given.Set("challenges { otp_email { send_code { url_template: "
                  "'https://example.org/{{.Password}}' } } }")
            .reason == "template.unknown_variable");
}

TEST_CASE("with the number its one-time codes go, but not the last factor where one is forced") {
  World given;
  REQUIRE(given.Add(kSms).ok());
  event::v1::LoginPolicyChanged forced;
  forced.mutable_policy()->set_allow_username_password(true);
  forced.mutable_policy()->set_force_mfa(true);
  given.Fact<LoginPolicy>(InstanceScope(), forced);
  CHECK(given.When("bob", "RemovePhone", "user_id: 'bob'").reason == "auth.proof_too_old");
  given.SignIn("bob");
  CHECK(given.When("bob", "RemovePhone", "user_id: 'bob'").reason == "factor.last_one");
  CHECK(given.When("ann", "RemovePhone", "user_id: 'bob'").events ==
        Strings{"user.human.phone.removed bob", "user.human.mfa.otp.sms.removed bob",
                "user.credentials.revoked bob"});
}

TEST_CASE("what is left when a factor goes counts as far as the policy lets it sign in") {
  World given;
  given.Fact<UserFactors>(UserScope("bob"), event::v1::TotpAdded());
  given.Fact<UserFactors>(UserScope("bob"), event::v1::TotpVerified());
  REQUIRE(given.Add(kEmail).ok());
  event::v1::PasskeyAdded begun;
  begun.mutable_registration()->set_token_id("p1");
  given.Fact<UserFactors>(UserScope("bob"), begun);
  event::v1::PasskeyVerified ended;
  ended.mutable_credential()->set_token_id("p1");
  ended.mutable_credential()->set_credential_id("credential of bob");
  given.Fact<UserFactors>(UserScope("bob"), ended);
  given.Open();
  const Then proved = given.Set(
      absl::StrCat("checks { password { password: 'p4ssw0rd of bob' } otp_email { code: '",
                   given.Ask(kEmail), "' } }"));
  REQUIRE(proved.ok());
  event::v1::LoginSecondFactorRemoved without_email;
  without_email.set_factor(event::v1::SECOND_FACTOR_OTP_EMAIL);
  given.Fact<LoginPolicy>(InstanceScope(), without_email);
  event::v1::LoginPolicyChanged policy;
  policy.mutable_policy()->set_allow_username_password(true);
  policy.mutable_policy()->set_force_mfa(true);
  given.Fact<LoginPolicy>(InstanceScope(), policy);
  given.session_token = proved.response<SetSessionResponse>().session_token();
  const auto remove = [&] { return given.When("bob", "RemoveTOTP", "user_id: 'bob'"); };
  const Then refused = remove();
  CHECK(refused.reason == "factor.last_one");
  CHECK(refused.events.empty());
  SECTION("the policy has mail again") {
    event::v1::LoginSecondFactorAdded with_email;
    with_email.set_factor(event::v1::SECOND_FACTOR_OTP_EMAIL);
    given.Fact<LoginPolicy>(InstanceScope(), with_email);
  }
  SECTION("the policy has passkeys again") {
    policy.mutable_policy()->set_allow_passkeys(true);
    given.Fact<LoginPolicy>(InstanceScope(), policy);
  }
  SECTION("the policy forces no second factor any more") {
    policy.mutable_policy()->set_force_mfa(false);
    given.Fact<LoginPolicy>(InstanceScope(), policy);
  }
  CHECK(remove().reason == "");
}

TEST_CASE("a password that the policy lets nobody sign in by is no way to sign in") {
  World given;
  REQUIRE(given.Add(kEmail).ok());
  given.Open();
  const Then proved = given.Set(
      absl::StrCat("checks { password { password: 'p4ssw0rd of bob' } otp_email { code: '",
                   given.Ask(kEmail), "' } }"));
  REQUIRE(proved.ok());
  event::v1::LoginPolicyChanged policy;
  policy.mutable_policy()->set_allow_passkeys(true);
  given.Fact<LoginPolicy>(InstanceScope(), policy);
  given.session_token = proved.response<SetSessionResponse>().session_token();
  CHECK(given.When("bob", "RemoveOTPEmail", "user_id: 'bob'").reason == "factor.last_one");
}

TEST_CASE("what the login policy does not have is neither set up, asked for nor shown") {
  World given;
  REQUIRE(given.Add(kEmail).ok());
  REQUIRE(given.Generate(1).ok());
  REQUIRE(given.When("root", "RegisterTOTP", "user_id: 'bob'").ok());
  given.Open();
  const std::string code = given.Ask(kEmail);
  for (const auto factor :
       {event::v1::SECOND_FACTOR_OTP_EMAIL, event::v1::SECOND_FACTOR_OTP_SMS,
        event::v1::SECOND_FACTOR_RECOVERY_CODE, event::v1::SECOND_FACTOR_TOTP}) {
    event::v1::LoginSecondFactorRemoved removed;
    removed.set_factor(factor);
    given.Fact<LoginPolicy>(InstanceScope(), removed);
  }
  CHECK(given.Show(kEmail, code).reason == "factor.not_allowed");
  CHECK(given.Set("challenges { otp_email {} }").reason == "factor.not_allowed");
  CHECK(given.Recover("K7Q2Z-DP40B").reason == "factor.not_allowed");

  for (const Then& then :
       {given.Add(kSms), given.Generate(1), given.When("root", "RegisterTOTP", "user_id: 'bob'"),
        given.When("root", "VerifyTOTPRegistration", "user_id: 'bob' code: '123456'")}) {
    CHECK(then.reason == "factor.not_allowed");
    CHECK(then.code == absl::StatusCode::kFailedPrecondition);
    CHECK(then.events.empty());
  }
  // What he has goes all the same.
  CHECK(given.When("ann", "RemoveOTPEmail", "user_id: 'bob'").reason == "");
  CHECK(given.When("ann", "RemoveRecoveryCodes", "user_id: 'bob'").reason == "");
}

TEST_CASE("recovery codes are shown once, are ten at most, and each counts once") {
  World given;
  given.Open();
  CHECK(given.Recover("K7Q2Z-DP40B").reason == "recovery_codes.not_set_up");
  const Then made = given.Generate(4);
  CHECK(made.events == Strings{"user.human.mfa.recoverycode.added bob"});
  const auto& codes = made.response<GenerateRecoveryCodesResponse>().recovery_codes();
  REQUIRE(codes.size() == 4);
  CHECK(codes[0] != codes[1]);
  const Then more = given.Generate(6);
  REQUIRE(more.ok());
  const auto& added = more.fact<event::v1::RecoveryCodesAdded>(0);
  CHECK(added.salt().size() == 16);
  CHECK(added.salt() != made.fact<event::v1::RecoveryCodesAdded>(0).salt());
  CHECK(added.SerializeAsString().find(
            more.response<GenerateRecoveryCodesResponse>().recovery_codes(0)) ==
        std::string::npos);
  CHECK(given.Generate(1).reason == "recovery_codes.too_many");
  const Then right = given.Recover(codes[2]);
  CHECK(right.events == Strings{"user.human.mfa.recoverycode.check.succeeded bob",
                                "session.recoveryCode.checked " + given.id,
                                "session.token.set " + given.id});
  const Then again = given.Recover(codes[2]);
  CHECK(again.reason == "code.invalid");
  CHECK(again.events == Strings{"user.human.mfa.recoverycode.check.failed bob"});
  // Of the second set, as people type it.
  CHECK(given.Recover(
                 absl::StrCat(" ", more.response<GenerateRecoveryCodesResponse>().recovery_codes(5)))
            .ok());
  CHECK(given.When("ann", "RemoveRecoveryCodes", "user_id: 'bob'").events ==
        Strings{"user.human.mfa.recoverycode.removed bob", "user.credentials.revoked bob"});
  CHECK(given.Recover(codes[0]).reason == "recovery_codes.not_set_up");
  CHECK(given.When("ann", "RemoveRecoveryCodes", "user_id: 'bob'").reason ==
        "recovery_codes.not_found");
}

TEST_CASE("one recovery code in fifty sessions at once: one wins") {
  World given;
  const std::string code =
      given.Generate(2).response<GenerateRecoveryCodesResponse>().recovery_codes(0);
  Strings requests;
  for (int i = 0; i < 50; ++i) {
    given.Open();
    requests.push_back(absl::StrCat("session_id: '", given.id, "' checks { recovery_code { code: '",
                                    code, "' } }"));
  }
  const auto thens = given.Race("robot", "SetSession", requests);
  CHECK(Right(thens) == 1);
  const Strings& events = thens.front().events;
  CHECK(std::count(events.begin(), events.end(),
                   "user.human.mfa.recoverycode.check.succeeded bob") == 1);
  CHECK(std::count(events.begin(), events.end(),
                   "user.human.mfa.recoverycode.check.failed bob") == 49);
}

TEST_CASE("nobody is shown the recovery codes of one who may more than he") {
  World given;
  CHECK(given.Generate(1, "bob").reason == "auth.proof_too_old");
  given.Member(InstanceScope(), "bob", {"IAM_OWNER"});
  CHECK(given.Generate(1, "ann").reason == "user.holds_more");
  CHECK(given.Generate(0).code == absl::StatusCode::kInvalidArgument);
  CHECK(given.When("root", "GenerateRecoveryCodes", "user_id: 'clerk' count: 1").reason ==
        "user.not_human");
}

TEST_CASE("that the set-up of a second factor was put off is told by its user") {
  World given;
  CHECK(given.When("bob", "HumanMFAInitSkipped", "user_id: 'bob'").events ==
        Strings{"user.human.mfa.init.skipped bob"});
  CHECK(given.When("ann", "HumanMFAInitSkipped", "user_id: 'clerk'").reason == "user.not_human");
}

TEST_CASE("the session in which a user changes his password stands, others end") {
  World given;
  const std::string proof =
      "checks { user { user_id: 'bob' } password { password: 'p4ssw0rd of bob' } }";
  const auto sign_in = [&] {
    return given.When("robot", "CreateSession", proof)
        .response<CreateSessionResponse>()
        .session_token();
  };
  const std::string own = sign_in(), other = sign_in();
  const auto acts = [&](const std::string& with) {
    given.session_token = with;
    const Then then =
        given.When("bob", "UpdateUser", "user_id: 'bob' human { profile { nick_name: 'B' } }");
    given.session_token.clear();
    return then.reason;
  };
  given.session_token = own;
  REQUIRE(given.When("bob", "SetPassword", "user_id: 'bob' current_password: 'p4ssw0rd of bob' "
                                           "new_password { password: 'an0ther of bob' }")
              .ok());
  CHECK(acts(own) == "");
  CHECK(acts(other) == "session.credentials_changed");
}

}  // namespace
}  // namespace muniment::command
