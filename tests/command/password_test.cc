// How a person's password is set and reset. What a wrong one costs is in check_password_test.cc.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "command/user/checks.h"
#include "command/user/codes.h"
#include "command/user/new_password.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::PasswordResetResponse;
using zitadel::user::v2::SetPasswordResponse;

std::string ToBob(const std::string& rest) { return absl::StrCat("user_id: 'bob' ", rest); }
std::string New(const std::string& password) {
  return absl::StrCat("new_password { password: '", password, "' } ");
}

// bob has the password "password1", a verified address and a verified number.
class WithPassword : public Given {
 public:
  WithPassword() {
    REQUIRE(When("", "SetPassword", ToBob(New("password1"))).ok());
    REQUIRE(When("", "SetEmail", ToBob("email: 'bob@example.org' is_verified: true")).ok());
    REQUIRE(When("", "SetPhone", ToBob("phone: '+41791234567' is_verified: true")).ok());
  }
  Then Set(const std::string& caller, const std::string& rest) {
    return When(caller, "SetPassword", ToBob(rest));
  }
  void Lockout(uint64_t attempts) {
    event::v1::LockoutPolicyChanged changed;
    changed.mutable_policy()->set_max_password_attempts(attempts);
    changed.mutable_policy()->set_show_failure(true);
    Fact<LockoutPolicy>(InstanceScope(), changed);
  }
};

TEST_CASE("the current password sets a new one, and the old one is worth nothing") {
  WithPassword given;
  const Then set = given.Set("bob", New("password2") + "current_password: 'password1'");
  CHECK(set.events ==
        Strings{"user.human.password.check.succeeded bob", "user.human.password.changed bob"});
  CHECK(set.fact<event::v1::PasswordChanged>(1).password_hash() == "hash of password2");
  CHECK(set.fact<event::v1::PasswordChanged>(1).has_changed_at());
  CHECK(set.response<SetPasswordResponse>().details().sequence() == set.facts[1].meta.sequence);
  const Then old = given.Set("bob", New("password3") + "current_password: 'password1'");
  CHECK(old.reason == "user.password_wrong");
  CHECK(old.events == Strings{"user.human.password.check.failed bob"});
}

TEST_CASE("by oneself a password takes a proof, whichever way") {
  WithPassword given;
  CHECK(given.Set("bob", New("password2")).reason == "user.write_required");
  CHECK(given.When("bob", "UpdateUser",
                   ToBob("human { password { password { password: 'password2' } } }"))
            .reason == "user.write_required");
  CHECK(given.When("bob", "UpdateUser",
                   ToBob("human { password { password { password: 'password2' } current_password: "
                         "'password1' } }"))
            .ok());
  CHECK(given.When("bob", "UpdateHumanUser",
                   ToBob("password { password { password: 'password3' } current_password: "
                         "'password2' }"))
            .ok());
  // A hash made elsewhere says nothing of what it is a hash of.
  CHECK(given.When("bob", "UpdateUser",
                   ToBob("human { password { hashed_password { hash: "
                         "'$5$saltsalt$CDv4zTHkvHNfGeJaBzKCvYMDJKYHDhjwTWWpuTbTg40' } "
                         "current_password: 'password3' } }"))
            .reason == "user.write_required");
  CHECK(given.Set("anonymous", New("password2")).reason == "auth.required");
}

TEST_CASE("whoever holds user.write sets it, but not of one who holds more") {
  WithPassword given;
  CHECK(given.Set("clerk", New("password2")).events == Strings{"user.human.password.changed bob"});
  CHECK(given.Set("root", New("password3")).ok());
  CHECK(given.When("clerk", "SetPassword", "user_id: 'ann' " + New("password2")).reason ==
        "user.holds_more");
  // With a proof he only passes on what the person himself may do.
  REQUIRE(given.When("", "SetPassword", "user_id: 'ann' " + New("password1")).ok());
  CHECK(given
            .When("clerk", "SetPassword",
                  "user_id: 'ann' " + New("password2") + "current_password: 'password1'")
            .ok());
  // A proof that is given is checked, of whomever.
  CHECK(given.Set("ann", New("password4") + "current_password: 'wrong'").reason ==
        "user.password_wrong");
}

TEST_CASE("what a password must hold is asked before the proof, and costs no try") {
  WithPassword given;
  for (const auto& [password, reason] : std::vector<std::pair<std::string, std::string>>{
           {"short1", "password.too_short"},
           {"no number", "password.needs_number"},
           {"password1", "password.unchanged"},
           {std::string(201, 'a'), "request.new_password.password.too_long"},
           {std::string(1 << 20, 'a'), "request.new_password.password.too_long"}}) {
    INFO(reason);
    const Then then = given.Set("bob", New(password) + "current_password: 'password1'");
    CHECK(then.reason == reason);
    CHECK(then.events.empty());
  }
  CHECK(given.Set("bob", "current_password: 'password1'").reason == "user.password_missing");
  CHECK(given.Set("bob", New("password2") + absl::StrCat("current_password: '",
                                                         std::string(1 << 20, 'a'), "'"))
            .reason == "request.current_password.too_long");
}

TEST_CASE("an update with a wrong password changes nothing else") {
  WithPassword given;
  const Then then = given.When(
      "bob", "UpdateUser",
      ToBob("human { profile { nick_name: 'x' } email { email: 'x@example.net' } password { "
            "password { password: 'password2' } current_password: 'wrong' } }"));
  CHECK(then.reason == "user.password_wrong");
  CHECK(then.events == Strings{"user.human.password.check.failed bob"});
}

TEST_CASE("wrong current passwords lock the user out, over all paths, and an unlock counts anew") {
  WithPassword given;
  given.Lockout(3);
  const std::string wrong = New("password2") + "current_password: 'wrong'";
  CHECK(given.Set("bob", wrong).reason == "user.password_wrong");
  CHECK(given.When("bob", "UpdateHumanUser",
                   ToBob("password { password { password: 'password2' } current_password: 'x' }"))
            .reason == "user.password_wrong");
  CHECK(given.Set("ann", wrong).events ==
        Strings{"user.human.password.check.failed bob", "user.locked bob"});
  CHECK(given.Set("ann", New("password2") + "current_password: 'password1'").reason ==
        "user.locked");
  CHECK(given.When("ann", "UnlockUser", "user_id: 'bob'").events ==
        Strings{"user.unlocked bob", "user.human.checks.cleared bob"});
  CHECK(given.Set("bob", wrong).reason == "user.password_wrong");
  CHECK(given.Set("bob", New("password2") + "current_password: 'password1'").ok());
  // Reactivating takes a lock with it, and so the count.
  for (int i = 0; i < 3; ++i) (void)given.Set("ann", wrong);
  REQUIRE(given.When("ann", "DeactivateUser", "user_id: 'bob'").ok());
  CHECK(given.When("ann", "ReactivateUser", "user_id: 'bob'").events ==
        Strings{"user.reactivated bob", "user.human.checks.cleared bob"});
}

TEST_CASE("a password that a manager sets ends the count of wrong ones, not that of other codes") {
  WithPassword given;
  given.Fact<UserChecks>(UserScope("bob"), event::v1::TotpCheckFailed());
  (void)given.Set("bob", New("password2") + "current_password: 'wrong'");
  const Then set = given.Set("ann", New("password2"));
  REQUIRE(set.events ==
          Strings{"user.human.password.changed bob", "user.human.checks.cleared bob"});
  CHECK(set.fact<event::v1::ChecksCleared>(1).passwords_only());
}

TEST_CASE("a code that was mailed sets a password once") {
  WithPassword given;
  const Then reset = given.When("bob", "PasswordReset", "user_id: 'bob'");
  REQUIRE(reset.events == Strings{"user.human.password.code.added bob"});
  CHECK_FALSE(reset.response<PasswordResetResponse>().has_verification_code());
  const event::v1::Code& code = reset.fact<event::v1::PasswordCodeAdded>(0).code();
  CHECK(code.channel() == event::v1::CODE_CHANNEL_EMAIL);
  CHECK(code.address() == "bob@example.org");
  const std::string by_code = "verification_code: '" + code.code() + "'";
  CHECK(given.Set("bob", New("password2") + "verification_code: 'WRONG1'").events ==
        Strings{"user.human.password.code.check.failed bob"});
  CHECK(given.Set("bob", New("password2") + by_code).events ==
        Strings{"user.code.used bob", "user.human.password.changed bob"});
  CHECK(given.Set("bob", New("password3") + by_code).reason == "code.invalid");
}

TEST_CASE("a link goes by mail or by SMS, only where it was proved to arrive") {
  WithPassword given;
  given.SignIn("bob");
  CHECK(given.When("ann", "PasswordReset",
                   ToBob("send_link { url_template: 'https://{{.Code}}/' }"))
            .reason == "url_template.invalid");
  const std::string sms = "send_link { notification_type: NOTIFICATION_TYPE_SMS }";
  const Then by_sms = given.When("bob", "PasswordReset", ToBob(sms));
  REQUIRE(by_sms.ok());
  CHECK(by_sms.fact<event::v1::PasswordCodeAdded>(0).code().channel() ==
        event::v1::CODE_CHANNEL_SMS);
  CHECK(by_sms.fact<event::v1::PasswordCodeAdded>(0).code().address() == "+41791234567");
  REQUIRE(given.When("bob", "SetPhone", ToBob("phone: '+41791234568'")).ok());
  REQUIRE(given.When("bob", "SetEmail", ToBob("email: 'b@example.net'")).ok());
  for (const auto& [request, reason] : std::vector<std::pair<std::string, std::string>>{
           {sms, "user.phone_not_verified"}, {"", "user.email_not_verified"}}) {
    const Then then = given.When("bob", "PasswordReset", ToBob(request));
    CHECK(then.reason == reason);
    CHECK(then.code == absl::StatusCode::kFailedPrecondition);
  }
  CHECK(given.When("ann", "PasswordReset", "user_id: 'robot'").reason == "user.not_human");
}

TEST_CASE("a reset code ends with the address it went to, and with the password") {
  WithPassword given;
  given.SignIn("bob");
  const auto code = [&] {
    const Then reset = given.When("bob", "PasswordReset", "user_id: 'bob'");
    return "verification_code: '" + reset.fact<event::v1::PasswordCodeAdded>(0).code().code() +
           "'";
  };
  const std::string before_change = code();
  REQUIRE(given.When("bob", "SetEmail", ToBob("email: 'b@example.net'")).ok());
  CHECK(given.Set("bob", New("password2") + before_change).reason == "code.invalid");
  REQUIRE(given.When("ann", "SetEmail", ToBob("email: 'b@example.net' is_verified: true")).ok());
  const std::string before_password = code();
  CHECK(given.Set("bob", New("password2") + "current_password: 'password1'").ok());
  CHECK(given.Set("bob", New("password3") + before_password).reason == "code.invalid");
}

TEST_CASE("a reset code is returned to whoever may act as the user, and to nobody else") {
  WithPassword given;
  const std::string returned = "return_code {}";
  CHECK(given.When("bob", "PasswordReset", ToBob(returned)).reason == "user.write_required");
  CHECK(given.When("anonymous", "PasswordReset", ToBob(returned)).reason == "auth.required");
  CHECK(given.When("maker", "PasswordReset", "user_id: 'root' " + returned).reason ==
        "user.holds_more");
  // ORG_USER_MANAGER has no user.credential.write.
  CHECK(given.When("clerk", "PasswordReset", ToBob(returned)).reason == "user.not_found");
  for (const char* caller : {"ann", "root"}) {
    const Then reset = given.When(caller, "PasswordReset", ToBob(returned));
    REQUIRE(reset.ok());
    const std::string code = reset.response<PasswordResetResponse>().verification_code();
    CHECK(given.Set("bob", New("password2") + "verification_code: '" + code + "'").ok());
  }
}

TEST_CASE("who is locked or inactive resets nothing, and his code waits for him") {
  WithPassword given;
  const Then reset = given.When("bob", "PasswordReset", "user_id: 'bob'");
  const std::string code = reset.fact<event::v1::PasswordCodeAdded>(0).code().code();
  REQUIRE(given.When("ann", "LockUser", "user_id: 'bob'").ok());
  CHECK(given.Set("ann", New("password2") + "verification_code: '" + code + "'").reason ==
        "user.locked");
  CHECK(given.When("ann", "PasswordReset", "user_id: 'bob'").reason == "user.locked");
  REQUIRE(given.When("ann", "UnlockUser", "user_id: 'bob'").ok());
  CHECK(given.Set("bob", New("password2") + "verification_code: '" + code + "'").ok());
}

TEST_CASE("fifty resets at once with one code set one password") {
  WithPassword given;
  const Then reset = given.When("bob", "PasswordReset", "user_id: 'bob'");
  const std::string code = reset.fact<event::v1::PasswordCodeAdded>(0).code().code();
  Strings requests;
  for (int i = 0; i < 20; ++i) {
    requests.push_back(
        ToBob(New(absl::StrCat("password", i)) + "verification_code: '" + code + "'"));
  }
  int won = 0, lost = 0;
  for (const Then& then : given.Race("bob", "SetPassword", requests)) {
    won += then.ok();
    lost += then.reason == "code.invalid";
  }
  CHECK(won == 1);
  CHECK(lost == 19);
}

TEST_CASE("hashes of other systems are taken over, unless a sign-in would cost too much") {
  WithPassword given;
  const auto import = [&](const std::string& hash) {
    return given
        .When("ann", "UpdateUser",
              ToBob(absl::StrCat("human { password { hashed_password { hash: '", hash, "' } } }")))
        .reason;
  };
  CHECK(import("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy").empty());
  CHECK(import("$2a$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy") ==
        "password.hash_cost");
  CHECK(import("$pbkdf2-sha256$999999999$c2FsdHNhbHQ$"
               "c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdHNhbHQ") == "password.hash_cost");
  CHECK(import("$argon2id$v=19$m=4000000,t=1,p=1$c2FsdHNhbHRzYWx0$"
               "c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdHNhbHQ") == "password.hash_cost");
  CHECK(import("plain text") == "password.hash_unsupported");
  CHECK(import(std::string(201, 'a')) == "request.human.password.hashed_password.hash.too_long");
}

}  // namespace
}  // namespace muniment::command
