// Factors in the moments between: two set-ups at once, a lock behind a challenge, and the last that
// somebody has.
#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/totp.h"
#include "command/policy/settings.h"
#include "command/user/user.h"
#include "tests/command/authenticator_world.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::RegisterTOTPResponse;

constexpr char kBob[] = "user_id: 'bob'";

std::string SecretOf(const Then& registered) {
  REQUIRE(registered.reason == "");
  return Base32Decode(registered.response<RegisterTOTPResponse>().secret()).value();
}

Then Verify(Given& given, const std::string& secret) {
  const std::string code = Hotp(secret, static_cast<uint64_t>(TotpStep(given.clock.Now())));
  return given.When("root", "VerifyTOTPRegistration", absl::StrCat(kBob, " code: '", code, "'"));
}

TEST_CASE("of two apps that are being set up the later counts, and the other never does") {
  AuthenticatorWorld given;
  const std::string first = SecretOf(given.When("root", "RegisterTOTP", kBob));
  const std::string second = SecretOf(given.When("root", "RegisterTOTP", kBob));
  CHECK(first != second);
  CHECK(Verify(given, first).reason == "code.invalid");
  CHECK(Verify(given, second).events == Strings{"user.human.mfa.otp.verified bob"});
  CHECK(Verify(given, first).reason != "");
  CHECK(given.When("root", "RegisterTOTP", kBob).reason == "totp.already_set_up");
}

TEST_CASE("of apps that are set up at the same moment one can be ended, once") {
  AuthenticatorWorld given;
  const auto begun = given.Race("root", "RegisterTOTP", {kBob, kBob, kBob});
  std::vector<std::string> secrets;
  for (const Then& each : begun) secrets.push_back(SecretOf(each));
  int ended = 0;
  for (const std::string& secret : secrets) ended += Verify(given, secret).ok() ? 1 : 0;
  CHECK(ended == 1);
}

TEST_CASE("a user who is locked after the challenge shows his authenticator in vain") {
  for (const bool passkey : {true, false}) {
    AuthenticatorWorld given;
    event::v1::PasswordChanged password;
    password.set_password_hash("hash of secret12");
    given.Fact<User>(UserScope("bob"), password);
    passkey ? given.AddPasskey() : given.AddSecurityKey();
    const Struct options = given.Ask(passkey ? "REQUIRED" : "DISCOURAGED");
    REQUIRE(given.asked == "");
    const Struct answer = given.Asserted(options);
    REQUIRE(given.When("root", "LockUser", kBob).ok());
    const Then locked = given.Show(answer);
    CHECK(locked.reason == "user.locked");
    CHECK(locked.events.empty());
    given.Ask(passkey ? "REQUIRED" : "DISCOURAGED");
    CHECK(given.asked == "user.locked");
    REQUIRE(given.When("root", "UnlockUser", kBob).ok());
    CHECK(given.Show(given.Asserted(given.Ask(passkey ? "REQUIRED" : "DISCOURAGED"))).ok());
  }
}

TEST_CASE("a lock and a passkey that is shown at the same moment: the lock holds") {
  AuthenticatorWorld given;
  given.AddPasskey();
  const Struct answer = given.Asserted(given.Ask());
  const auto thens = given.Race(
      {{"root", "LockUser", kBob},
       {"robot", "SetSession",
        absl::StrCat("session_id: '", given.session, "' checks { web_auth_n { "
                     "credential_assertion_data { ", Text(answer), " } } }")}});
  REQUIRE(thens[0].ok());
  const bool shown = thens[1].ok();
  CHECK((shown || thens[1].reason == "user.locked"));
  if (shown) CHECK(given.Acting(thens[1]) != "");
}

// bob by himself, in a session in which he has just shown his authenticator.
std::string Himself(AuthenticatorWorld& given, const std::string& method,
                    const std::string& request) {
  const Then then = given.When("bob", method, absl::StrCat(kBob, " ", request));
  if (then.reason == "factor.last_one") CHECK(then.events.empty());
  return then.reason;
}

TEST_CASE("nobody takes away his own last passkey while he has no password, but may be helped") {
  AuthenticatorWorld given;
  const std::string one = given.AddPasskey();
  SECTION("it is the only one") {}
  SECTION("and a second one goes first") {
    const std::string id = given.key.id;
    given.key.id += " of another device";
    const std::string other = given.AddPasskey();
    given.key.id = id;
    const Then shown = given.Show(given.Asserted(given.Ask()));
    given.session_token = shown.response<SetSessionResponse>().session_token();
    CHECK(Himself(given, "RemovePasskey", absl::StrCat("passkey_id: '", other, "'")) == "");
    given.session_token.clear();
  }
  const Then shown = given.Show(given.Asserted(given.Ask()));
  REQUIRE(shown.ok());
  given.session_token = shown.response<SetSessionResponse>().session_token();
  const std::string which = absl::StrCat("passkey_id: '", one, "'");
  CHECK(Himself(given, "RemovePasskey", which) == "factor.last_one");
  given.session_token.clear();
  CHECK(given.When("root", "RemovePasskey", absl::StrCat(kBob, " ", which)).reason == "");
}

TEST_CASE("nobody takes away his own last security key where one is forced") {
  AuthenticatorWorld given;
  event::v1::PasswordChanged password;
  password.set_password_hash("hash of secret12");
  given.Fact<User>(UserScope("bob"), password);
  const std::string which = absl::StrCat("u2f_id: '", given.AddSecurityKey(), "'");
  const Then shown = given.Show(given.Asserted(given.Ask("DISCOURAGED")),
                                "password { password: 'secret12' }");
  REQUIRE(shown.ok());
  event::v1::LoginPolicyChanged policy;
  policy.mutable_policy()->set_allow_username_password(true);
  policy.mutable_policy()->set_force_mfa(true);
  given.Fact<LoginPolicy>(InstanceScope(), policy);
  given.session_token = shown.response<SetSessionResponse>().session_token();
  CHECK(Himself(given, "RemoveU2F", which) == "factor.last_one");
  policy.mutable_policy()->set_force_mfa(false);
  given.Fact<LoginPolicy>(InstanceScope(), policy);
  CHECK(Himself(given, "RemoveU2F", which) == "");
}

}  // namespace
}  // namespace muniment::command
