// What a session proved of credentials that its user has no more.
#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/factors.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

constexpr char kChanged[] = "session.credentials_changed";

void Replace(Signing& given, const std::string& password = "another") {
  event::v1::PasswordChanged changed;
  changed.set_password_hash(absl::StrCat("hash of ", password));
  given.Fact<User>(UserScope("bob"), changed);
}

void LetStand(Signing& given) {
  REQUIRE(given.When("root", "SetSessionSettings", "end_with_credentials: false").events ==
          Strings{"instance.policy.session.changed 1"});
}

TEST_CASE("what changes a user's credentials ends what his sessions proved, and says so") {
  Signing given;
  REQUIRE(given.Create(Proof()).ok());
  REQUIRE(given.Acting(given.token) == "");
  SECTION("a new password") { Replace(given); }
  SECTION("a lock, even when it is lifted") {
    REQUIRE(given.When("root", "LockUser", "user_id: 'bob'").ok());
    CHECK(given.Acting(given.token) == "auth.token_invalid");
    REQUIRE(given.When("root", "UnlockUser", "user_id: 'bob'").ok());
  }
  SECTION("a deactivation, even when it is taken back") {
    REQUIRE(given.When("root", "DeactivateUser", "user_id: 'bob'").ok());
    REQUIRE(given.When("root", "ReactivateUser", "user_id: 'bob'").ok());
  }
  SECTION("a factor that is taken away") {
    given.Fact<UserFactors>(UserScope("bob"), event::v1::OtpEmailAdded());
    REQUIRE(given.When("ann", "RemoveOTPEmail", "user_id: 'bob'").ok());
  }
  given.session_token = given.token;
  const Then refused = given.When("bob", "UpdateUser", "user_id: 'bob' username: 'b'");
  CHECK(refused.reason == kChanged);
  CHECK(refused.code == absl::StatusCode::kUnauthenticated);
}

TEST_CASE("the session in which a user changes his credentials stands, and no other of his") {
  Signing given;
  REQUIRE(given.Create(Proof()).ok());
  const std::string own = given.token, own_id = given.id;
  REQUIRE(given.Create(Proof()).ok());
  const std::string other = given.token;
  given.session_token = own;
  const Then changed = given.When(
      "bob", "SetPassword",
      absl::StrCat("user_id: 'bob' current_password: '", kPassword,
                   "' new_password { password: 'an0ther of bob' }"));
  given.session_token.clear();
  REQUIRE(changed.ok());
  // One commit: no moment in which his own session is refused.
  CHECK(std::count(changed.events.begin(), changed.events.end(),
                   "session.credentials.kept " + own_id) == 1);
  CHECK(given.Acting(own) == "");
  CHECK(given.Acting(other) == kChanged);
  // A session that somebody else shows, of whoever he may be, keeps nothing of bob's.
  const Then by_ann = given.When("ann", "SetPassword",
                                 "user_id: 'bob' new_password { password: 'a third 0ne' }");
  CHECK(by_ann.ok());
  CHECK(given.Acting(own) == kChanged);
}

TEST_CASE("naming the user again proves nothing of his new credentials") {
  Signing given;
  REQUIRE(given.Create(Proof()).ok());
  Replace(given);
  REQUIRE(given.Set("checks { user { user_id: 'bob' } }").ok());
  CHECK(given.Acting(given.token) == "auth.session_unproved");
  CHECK(given.Set(absl::StrCat("checks { password { password: '", kPassword, "' } }")).reason ==
        "user.password_wrong");
  REQUIRE(given.Set("checks { password { password: 'another' } }").ok());
  CHECK(given.Acting(given.token) == "");
}

TEST_CASE("a proof of the new credentials makes an old session one of them, and drops the old") {
  Signing given;
  event::v1::LoginSecondFactorAdded allowed;
  allowed.set_factor(event::v1::SECOND_FACTOR_OTP_EMAIL);
  given.Fact<LoginPolicy>(InstanceScope(), allowed);
  given.Fact<UserFactors>(UserScope("bob"), event::v1::OtpEmailAdded());
  REQUIRE(given.Create(Proof()).ok());
  const Then asked = given.Set("challenges { otp_email { return_code {} } }");
  const std::string code =
      asked.response<zitadel::session::v2::SetSessionResponse>().challenges().otp_email();
  Replace(given);
  // The second factor, proved now, does not carry the password that is none any more.
  const Then second =
      given.Set(absl::StrCat("checks { otp_email { code: '", code, "' } }"));
  CHECK(second.events == Strings{"user.human.mfa.otp.email.check.succeeded bob",
                                 "session.user.checked " + given.id,
                                 "session.otp.email.checked " + given.id,
                                 "session.token.set " + given.id});
  CHECK(given.Acting(given.token) == "auth.session_unproved");
  const Then first = given.Set("checks { password { password: 'another' } }");
  CHECK(std::count(first.events.begin(), first.events.end(), "session.user.checked " + given.id) ==
        0);
  CHECK(given.Acting(given.token) == "");
}

TEST_CASE("a token of older credentials is no proof of a right to the session") {
  Signing given;
  given.When("", "CreateUser", "organization_id: 'acme' user_id: 'helper' machine { name: 'h' }");
  REQUIRE(given.Create(Proof()).ok());
  const auto end = [&](const std::string& by) {
    return given.When(by, "DeleteSession", absl::StrCat("session_id: '", given.id,
                                                        "' session_token: '", given.token, "'"));
  };
  Replace(given);
  const Then shown = end("helper");
  CHECK(shown.reason == kChanged);
  CHECK(shown.code == absl::StatusCode::kPermissionDenied);
  // Who made it needs no token.
  CHECK(end("robot").ok());
}

TEST_CASE("an instance may let sessions outlive their user's credentials") {
  Signing given;
  REQUIRE(given.Create(Proof()).ok());
  const std::string before = given.token;
  Replace(given);
  CHECK(given.Acting(before) == kChanged);
  LetStand(given);
  CHECK(given.Acting(before) == "");
  // What it proved is kept when it proves more.
  REQUIRE(given.Set("checks { user { user_id: 'bob' } }").ok());
  CHECK(given.Acting(given.token) == "");
  // Whoever is locked acts by none, and a switch that is thrown back counts for all that stand.
  REQUIRE(given.When("root", "LockUser", "user_id: 'bob'").ok());
  CHECK(given.Acting(given.token) == "auth.token_invalid");
  REQUIRE(given.When("root", "UnlockUser", "user_id: 'bob'").ok());
  CHECK(given.Acting(given.token) == "");
  REQUIRE(given.When("root", "SetSessionSettings", "end_with_credentials: true").ok());
  CHECK(given.Acting(given.token) == kChanged);
}

TEST_CASE("the setting is the instance's, and is not switched by a request that says nothing") {
  Signing given;
  CHECK(given.When("root", "SetSessionSettings", "").code == absl::StatusCode::kInvalidArgument);
  CHECK(given.When("root", "SetSessionSettings", "end_with_credentials: true").events.empty());
  for (const char* other : {"ann", "maker", "robot", "bob"}) {
    CHECK(given.When(other, "SetSessionSettings", "end_with_credentials: false").reason ==
          "auth.permission_denied");
  }
}

TEST_CASE("a password that is changed in several sessions at once leaves the one that won") {
  Signing given;
  Strings tokens;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(given.Create(Proof()).ok());
    tokens.push_back(given.token);
  }
  // Each in its own: whoever comes later shows a session of a password that is none any more.
  std::vector<Given::Asked> calls;
  for (int i = 0; i < 4; ++i) {
    calls.push_back({"bob", "SetPassword",
                     absl::StrCat("user_id: 'bob' current_password: '", kPassword,
                                  "' new_password { password: 'n3w password ", i, "' }"),
                     tokens[i]});
  }
  const auto thens = given.Race(calls);
  const auto won =
      std::find_if(thens.begin(), thens.end(), [](const Then& then) { return then.ok(); });
  REQUIRE(won != thens.end());
  const size_t winner = won - thens.begin();
  for (size_t i = 0; i < thens.size(); ++i) {
    INFO("session " << i << " of the winner " << winner);
    CHECK(thens[i].reason == (i == winner ? "" : kChanged));
    CHECK(given.Acting(tokens[i]) == (i == winner ? "" : kChanged));
  }
  CHECK(given.Create(WithPassword("user_id: 'bob'", absl::StrCat("n3w password ", winner))).ok());
}

TEST_CASE("a password that is changed several times at once in one session is changed once") {
  Signing given;
  REQUIRE(given.Create(Proof()).ok());
  const std::string own = given.token;
  REQUIRE(given.Create(Proof()).ok());
  const std::string other = given.token;
  // The first changes it, the others show a password that is none any more.
  given.session_token = own;
  const std::string wanted = absl::StrCat("user_id: 'bob' current_password: '", kPassword,
                                          "' new_password { password: 'n3w password' }");
  const auto thens = given.Race("bob", "SetPassword", Strings(4, wanted));
  given.session_token.clear();
  CHECK(std::count_if(thens.begin(), thens.end(), [](const Then& then) { return then.ok(); }) == 1);
  for (const Then& then : thens) CHECK((then.ok() || then.reason == "user.password_wrong"));
  CHECK(given.Acting(own) == "");
  CHECK(given.Acting(other) == kChanged);
}

}  // namespace
}  // namespace muniment::command
