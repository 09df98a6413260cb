#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/session_token.h"
#include "base/totp.h"
#include "command/member/members.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

TEST_CASE("a session is made, proves a password, and acts for its user") {
  Signing given;
  const Then made = given.Create("checks { user { login_name: 'bob@example.org' } }");
  CHECK(made.events == Strings{"session.added " + given.id, "session.user.checked " + given.id,
                               "session.token.set " + given.id});
  CHECK(given.Acting(given.token) == "auth.session_unproved");
  const std::string first = given.token;
  const Then proved = given.Set(absl::StrCat("checks { password { password: '", kPassword, "' } }"));
  CHECK(proved.events == Strings{"user.human.password.check.succeeded bob",
                                 "session.password.checked " + given.id,
                                 "session.token.set " + given.id});
  CHECK(given.Acting(given.token) == "");
  CHECK(given.Acting(first) == "auth.token_invalid");
}

TEST_CASE("a token names its session and is none without its secret") {
  const std::string token = SessionToken("12345", std::string(kSessionSecretBytes, 'x'));
  CHECK(SessionOfToken(token) == absl::string_view("12345"));
  CHECK(SessionOfToken(absl::StrCat(token, "x")) == std::nullopt);
  CHECK(SessionOfToken("sess_12345_") == std::nullopt);
  CHECK(SessionOfToken("sess__" + token.substr(11)) == std::nullopt);
  CHECK(SessionOfToken("sess_1 2_" + token.substr(11)) == std::nullopt);
  CHECK(SessionOfToken(token.substr(1)) == std::nullopt);
}

TEST_CASE("a wrong password is counted and leaves no session behind") {
  Signing given;
  const Then wrong = given.Create(WithPassword("user_id: 'bob'", "wrong"));
  CHECK(wrong.reason == "user.password_wrong");
  CHECK(wrong.events == Strings{"user.human.password.check.failed bob"});

  REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
  const std::string before = given.token;
  const Then again = given.Set("checks { password { password: 'wrong' } } metadata { key: 'k' "
                               "value: 'v' }");
  CHECK(again.reason == "user.password_wrong");
  CHECK(again.events == Strings{"user.human.password.check.failed bob"});
  // The token that was shown still counts.
  CHECK(given.Set(absl::StrCat("session_token: '", before, "'")).ok());
}

TEST_CASE("with a password nobody learns whether the user is there, locked or at rest") {
  Signing given;
  CHECK(given.Create("checks { user { login_name: 'nobody' } }").reason == "user.not_found");
  const Then unknown = given.Create(WithPassword("login_name: 'nobody'", kPassword));
  CHECK(unknown.reason == "user.password_wrong");
  REQUIRE(unknown.events.size() == 1);
  CHECK_THAT(unknown.events[0],
             Catch::StartsWith("user.unknown.password.check.failed unknown-"));
  // Our own login asks as the system, which is of no organization.
  const Then ours = given.When("", "CreateSession", WithPassword("login_name: 'nobody'", kPassword));
  CHECK(ours.reason == "user.password_wrong");
  REQUIRE(ours.events.size() == 1);
  CHECK_THAT(ours.events[0], Catch::StartsWith("user.unknown.password.check.failed unknown-"));
  // Counted, whatever is typed, as a person's tries are: told, and locked.
  event::v1::LockoutPolicyChanged strict;
  strict.mutable_policy()->set_show_failure(true);
  strict.mutable_policy()->set_max_password_attempts(2);
  given.Fact<LockoutPolicy>(InstanceScope(), strict);
  const auto tries = [&](const std::string& who) {
    std::vector<absl::Status> answers;
    for (int i = 0; i < 4; ++i) {
      answers.push_back(given.Create(WithPassword(who, "Wrong-Lamp-7-River")).status);
    }
    return answers;
  };
  const auto known = tries("user_id: 'bob'");
  CHECK(Reason(known.back()) == "user.locked");
  CHECK(tries("login_name: 'no.such@example.org'") == known);
  CHECK(tries("user_id: 'none'") == known);
  REQUIRE(given.When("root", "UnlockUser", "user_id: 'bob'").ok());
  event::v1::LockoutPolicyChanged quiet;
  quiet.mutable_policy()->set_show_failure(false);
  given.Fact<LockoutPolicy>(InstanceScope(), quiet);
  const absl::Status hushed = given.Create(WithPassword("login_name: 'nobody'", kPassword)).status;
  CHECK(Reason(hushed) == "user.password_wrong");
  REQUIRE(given.When("root", "LockUser", "user_id: 'bob'").ok());
  CHECK(given.Create(WithPassword("user_id: 'bob'", kPassword)).status == hushed);
  CHECK(given.Create("checks { user { user_id: 'bob' } }").reason == "user.locked");
  REQUIRE(given.When("root", "UnlockUser", "user_id: 'bob'").ok());
  REQUIRE(given.When("root", "DeactivateUser", "user_id: 'bob'").ok());
  CHECK(given.Create(WithPassword("user_id: 'bob'", kPassword)).status == hushed);
  CHECK(given.Create("checks { user { user_id: 'bob' } }").reason == "user.not_active");
}

TEST_CASE("where no password is allowed, who is named with one is not told from nobody") {
  Signing given;
  event::v1::LoginPolicyAdded without;
  without.mutable_policy()->set_allow_username_password(false);
  given.Fact<LoginPolicy>(OrgScope("acme"), without);
  event::v1::LockoutPolicyChanged strict;
  strict.mutable_policy()->set_show_failure(true);
  strict.mutable_policy()->set_max_password_attempts(2);
  given.Fact<LockoutPolicy>(InstanceScope(), strict);
  const auto tries = [&](const std::string& who) {
    std::vector<absl::Status> answers;
    for (int i = 0; i < 4; ++i) {
      const Then then = given.Create(WithPassword(who, kPassword));
      answers.push_back(then.status);
      // One commit, and against nobody.
      REQUIRE(then.events.size() == 1);
      CHECK_THAT(then.events[0],
                 Catch::StartsWith("user.unknown.password.check.failed unknown-"));
    }
    return answers;
  };
  const auto unknown = tries("login_name: 'no.such@example.org'");
  CHECK(Reason(unknown.front()) == "user.password_wrong");
  CHECK(Reason(unknown.back()) == "user.locked");
  CHECK(tries("login_name: 'bob@example.org'") == unknown);
  CHECK(tries("user_id: 'bob'") == unknown);
  // Nobody was locked for it. Whose the session is already hears the truth.
  REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
  const Then told = given.Set(absl::StrCat("checks { password { password: '", kPassword, "' } }"));
  CHECK(told.reason == "session.password_not_allowed");
  CHECK(told.events.empty());
}

TEST_CASE("in a session of one a password proves nobody else, be he there or not") {
  Signing given;
  REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
  const Then nobody = given.Set(WithPassword("login_name: 'nobody'", kPassword));
  CHECK(nobody.reason == "session.user_differs");
  CHECK(nobody.events.empty());
  const Then other = given.Set(WithPassword("user_id: 'ann'", kPassword));
  CHECK(other.status == nobody.status);
  CHECK(other.events.empty());
}

TEST_CASE("to sign others in takes session.write where they are; to sign in oneself takes nothing") {
  Signing given;
  const std::string bob = WithPassword("user_id: 'bob'", kPassword);
  CHECK(given.Create(bob, "ann").reason == "user.password_wrong");  // an owner has it not
  CHECK(given.Create("checks { user { user_id: 'bob' } }", "ann").reason == "user.not_found");
  CHECK(given.Create(bob, "root").ok());
  CHECK(given.Create(bob, "bob").ok());
  CHECK(given.Create("", "ann").ok());  // of nobody
  CHECK(given.Create(bob, "anonymous").reason == "auth.required");
}

TEST_CASE("a client that lost its right sets the sessions that it made no more") {
  Signing given;
  REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
  given.Fact<Members>(InstanceScope(), [] {
    event::v1::MemberRemoved removed;
    removed.set_user_id("robot");
    return removed;
  }());
  CHECK(given.Set("").reason == "user.not_found");
}

TEST_CASE("a session has one user, once and for all") {
  Signing given;
  REQUIRE(given.Create("").ok());
  CHECK(given.Set(absl::StrCat("checks { password { password: '", kPassword, "' } }")).reason ==
        "session.no_user");
  REQUIRE(given.Set("checks { user { user_id: 'bob' } }").ok());
  CHECK(given.Set("checks { user { user_id: 'ann' } }").reason == "session.user_differs");
  CHECK(given.Set("checks { user { user_id: 'bob' } }").ok());
}

TEST_CASE("of two who set a session with one token one wins") {
  Signing given;
  REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
  const std::string request =
      absl::StrCat("session_id: '", given.id, "' session_token: '", given.token, "'");
  const auto thens = given.Race("robot", "SetSession", Strings(8, request));
  CHECK(std::count_if(thens.begin(), thens.end(), [](const Then& then) { return then.ok(); }) == 1);
  CHECK(std::count_if(thens.begin(), thens.end(), [](const Then& then) {
          return then.reason == "session.token_old" && then.code == absl::StatusCode::kAborted;
        }) == 7);
}

TEST_CASE("a lifetime counts from the beginning of the session on") {
  Signing given;
  REQUIRE(given.Create(WithPassword("user_id: 'bob'", kPassword) + " lifetime { seconds: 600 }").ok());
  given.clock.Advance(absl::Seconds(599));
  CHECK(given.Acting(given.token) == "");
  REQUIRE(given.Set("").ok());
  given.clock.Advance(absl::Seconds(1));
  CHECK(given.Acting(given.token) == "auth.token_invalid");
  CHECK(given.Set("lifetime { seconds: 9999 }").reason == "session.expired");
  for (const char* bad : {"seconds: 0", "seconds: -5", "nanos: -1", "nanos: 1000000000",
                          "seconds: 253402300799", "seconds: 315576000000",
                          "seconds: 9223372036854775807"}) {
    CHECK(given.Create(absl::StrCat("lifetime { ", bad, " }")).reason == "session.lifetime_invalid");
  }
  // Until the last second of the year 9999.
  const int64_t most = 253'402'300'799 - absl::ToUnixSeconds(given.clock.Now()) - 1;
  REQUIRE(given.Create(WithPassword("user_id: 'bob'", kPassword)).ok());
  const auto set = [&](int64_t seconds) {
    return given.Set(absl::StrCat("lifetime { seconds: ", seconds, " }")).reason;
  };
  CHECK(set(most + 2) == "session.lifetime_invalid");
  CHECK(set(most) == "");
}

TEST_CASE("by itself a session ends earlier and never later") {
  Signing given;
  REQUIRE(given.Create(WithPassword("user_id: 'bob'", kPassword) + " lifetime { seconds: 600 }").ok());
  const auto set = [&](int seconds) {
    return given.When("bob", "SetSession",
                      absl::StrCat("session_id: '", given.id, "' lifetime { seconds: ", seconds, " }"));
  };
  given.session_token = given.token;
  const Then longer = set(601);
  CHECK(longer.reason == "session.outlives_proof");
  CHECK(longer.events.empty());
  const Then shorter = set(300);
  REQUIRE(shorter.ok());
  given.session_token =
      shorter.response<zitadel::session::v2::SetSessionResponse>().session_token();
  CHECK(set(600).reason == "session.outlives_proof");
  // Who signs people in may.
  given.session_token.clear();
  CHECK(given.When("root", "SetSession",
                   absl::StrCat("session_id: '", given.id, "' lifetime { seconds: 3600 }"))
            .ok());
}

TEST_CASE("a session takes over no other of its user, but by that one's token") {
  Signing given;
  REQUIRE(given.Create(Proof() + " lifetime { seconds: 600 }").ok());
  const std::string first = given.id, first_token = given.token;
  REQUIRE(given.Create(Proof() + " lifetime { seconds: 60 }").ok());
  given.session_token = given.token;
  const auto set = [&](const std::string& more) {
    return given.When("bob", "SetSession", absl::StrCat("session_id: '", first, "' ", more));
  };
  const Then taken = set("metadata { key: 'a' value: 'b' }");
  CHECK(taken.reason == "session.token_required");
  CHECK(taken.code == absl::StatusCode::kPermissionDenied);
  CHECK(taken.events.empty());
  CHECK(set("session_token: 'made up'").reason == "session.token_old");
  CHECK(given.Acting(first_token) == "");
  given.session_token = given.token;
  CHECK(set(absl::StrCat("session_token: '", first_token, "'")).ok());
  // Whoever signs people in needs no token, by a session of his own neither; and lets one last.
  given.Member(InstanceScope(), "bob", {"IAM_LOGIN_CLIENT"});
  CHECK(set("lifetime { seconds: 3600 }").ok());
}

TEST_CASE("what ends a session or its user's organization ends what it may") {
  Signing given;
  const std::string proof = WithPassword("user_id: 'bob'", kPassword);
  REQUIRE(given.Create(proof).ok());
  REQUIRE(given.Acting(given.token) == "");
  SECTION("an end of the session") {
    REQUIRE(given.When("robot", "DeleteSession", absl::StrCat("session_id: '", given.id, "'")).ok());
    CHECK(given.Set("").reason == "session.not_found");
  }
  SECTION("the end of the organization") {
    REQUIRE(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").ok());
  }
  CHECK(given.Acting(given.token) == "auth.token_invalid");
}

TEST_CASE("who has a second factor acts only with it, forced or not") {
  Signing given;
  REQUIRE(given.Create(WithPassword("user_id: 'bob'", kPassword)).ok());
  REQUIRE(given.Acting(given.token) == "");
  SECTION("he set one up") {
    given.Fact<UserFactors>(UserScope("bob"), event::v1::TotpAdded());
    CHECK(given.Acting(given.token) == "");  // not verified yet
    given.Fact<UserFactors>(UserScope("bob"), event::v1::TotpVerified());
  }
  SECTION("the policy forces one") {
    event::v1::LoginPolicyChanged forced;
    forced.mutable_policy()->set_allow_username_password(true);
    forced.mutable_policy()->set_force_mfa(true);
    given.Fact<LoginPolicy>(InstanceScope(), forced);
  }
  CHECK(given.Acting(given.token) == "auth.session_unproved");
}

TEST_CASE("a session is ended by whose it is, who made it, who shows its token, and by right") {
  Signing given;
  const auto end = [&](const std::string& caller, const std::string& more = "") {
    REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
    return given
        .When(caller, "DeleteSession",
              absl::StrCat("session_id: '", given.id, "' ",
                           more == "token" ? absl::StrCat("session_token: '", given.token, "'") : more))
        .reason;
  };
  CHECK(end("bob") == "");
  CHECK(end("robot") == "");
  CHECK(end("root") == "");
  CHECK(end("ann") == "");  // session.delete in his organization
  CHECK(end("clerk", "token") == "");
  CHECK(end("maker") == "");
  given.When("", "CreateUser", "organization_id: 'home' user_id: 'eve' machine { name: 'e' }");
  CHECK(end("eve") == "session.not_found");
  CHECK(end("eve", "session_token: 'sess_1_x'") == "session.not_found");
  CHECK(end("eve", "token") == "");
  REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
  REQUIRE(given.When("", "DeleteOrganization", "organization_id: 'acme'").ok());
  CHECK(given.When("root", "DeleteSession", absl::StrCat("session_id: '", given.id, "'")).reason ==
        "session.not_found");
  CHECK(given.When("root", "DeleteSession", "session_id: '1'").reason == "session.not_found");
}

TEST_CASE("metadata are merged, and an empty value removes") {
  Signing given;
  REQUIRE(given.Create("metadata { key: 'a' value: '1' } metadata { key: 'b' value: '2' }").ok());
  const Then set = given.Set("metadata { key: 'a' value: '' } metadata { key: 'c' value: '3' }");
  REQUIRE(set.events.front() == "session.metadata.set " + given.id);
  const auto& all = set.fact<event::v1::SessionMetadataSet>(0).metadata();
  CHECK(all.size() == 2);
  CHECK(all.at("c") == "3");
  CHECK(given.Set("metadata { key: 'c' value: '3' }").events ==
        Strings{"session.token.set " + given.id});
  CHECK(given.Set("metadata { key: '' value: '3' }").reason == "session.metadata_invalid");
  CHECK(given.Set(absl::StrCat("metadata { key: 'k' value: '", std::string(70'000, 'x'), "' }"))
            .reason == "session.metadata_invalid");
}

TEST_CASE("what a session carries is sealed under its user, as soon as he is known") {
  constexpr char kAgent[] = "user_agent { ip: '192.0.2.1' } metadata { key: 'a' value: '1' } ";
  Signing given;
  const Then with_user = given.Create(absl::StrCat(kAgent, "checks { user { user_id: 'bob' } }"));
  REQUIRE(with_user.events[1] == "session.metadata.set " + given.id);
  CHECK(with_user.fact<event::v1::SessionAdded>(0).user_id() == "bob");
  CHECK(with_user.fact<event::v1::SessionMetadataSet>(1).user_id() == "bob");
  const Then without = given.Create(kAgent);
  CHECK(without.fact<event::v1::SessionAdded>(0).user_id().empty());
  CHECK(without.fact<event::v1::SessionMetadataSet>(1).user_id().empty());
  const Then then = given.Set("metadata { key: 'a' value: '2' } checks { user { user_id: 'bob' } }");
  CHECK(then.fact<event::v1::SessionMetadataSet>(0).user_id() == "bob");
}

// bob with an authenticator app, set up in a session of his own.
struct WithApp : Signing {
  WithApp() {
    REQUIRE(Create(WithPassword("user_id: 'bob'", kPassword)).ok());
    session_token = token;
    const Then registered = When("bob", "RegisterTOTP", "user_id: 'bob'");
    REQUIRE(registered.ok());
    secret = Base32Decode(
                 registered.response<zitadel::user::v2::RegisterTOTPResponse>().secret())
                 .value();
  }
  std::string Code(int steps = 0) {
    return Hotp(secret, static_cast<uint64_t>(TotpStep(clock.Now()) + steps));
  }
  Then Verify(const std::string& code) {
    return When("bob", "VerifyTOTPRegistration", absl::StrCat("user_id: 'bob' code: '", code, "'"));
  }
  static std::string Check(const std::string& code) {
    return absl::StrCat("checks { totp { code: '", code, "' } }");
  }

  std::string secret;
};

TEST_CASE("an authenticator app is a factor once its code was shown, and its codes count once") {
  WithApp given;
  CHECK(given.Verify("000000").reason == "code.invalid");
  CHECK(given.Verify(given.Code()).events == Strings{"user.human.mfa.otp.verified bob"});
  CHECK(given.When("bob", "RegisterTOTP", "user_id: 'bob'").reason == "auth.session_unproved");
  given.session_token.clear();
  CHECK(given.When("ann", "RegisterTOTP", "user_id: 'bob'").reason == "totp.already_set_up");
  CHECK(given.Acting(given.token) == "auth.session_unproved");
  // The step that verified it never counts again.
  CHECK(given.Set(given.Check(given.Code())).reason == "code.invalid");
  const Then right = given.Set(given.Check(given.Code(1)));
  CHECK(right.events == Strings{"user.human.mfa.otp.check.succeeded bob",
                                "session.totp.checked " + given.id,
                                "session.token.set " + given.id});
  CHECK(given.Acting(given.token) == "");
  CHECK(given.Set(given.Check(given.Code(1))).reason == "code.invalid");
}

TEST_CASE("one code in fifty sessions at once: one wins") {
  WithApp given;
  REQUIRE(given.Verify(given.Code()).ok());
  given.session_token.clear();
  Strings requests;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(given.Create("checks { user { user_id: 'bob' } }").ok());
    requests.push_back(absl::StrCat("session_id: '", given.id, "' ", given.Check(given.Code(1))));
  }
  const auto thens = given.Race("robot", "SetSession", requests);
  CHECK(std::count_if(thens.begin(), thens.end(), [](const Then& then) { return then.ok(); }) == 1);
  CHECK(std::count(thens.front().events.begin(), thens.front().events.end(),
                   "user.human.mfa.otp.check.failed bob") == 49);
}

TEST_CASE("the tries that the lockout policy allows lock the user") {
  WithApp given;
  REQUIRE(given.Verify(given.Code()).ok());
  given.session_token.clear();
  event::v1::LockoutPolicyChanged lockout;
  lockout.mutable_policy()->set_max_otp_attempts(3);
  given.Fact<LockoutPolicy>(InstanceScope(), lockout);
  for (int i = 0; i < 2; ++i) CHECK(given.Set(given.Check("000000")).reason == "code.invalid");
  const Then last = given.Set(given.Check("000000"));
  CHECK(last.events == Strings{"user.human.mfa.otp.check.failed bob", "user.locked bob"});
  CHECK(given.Set(given.Check(given.Code(1))).reason == "user.locked");
}

TEST_CASE("what changes one's own factors takes a proof of lately, in the session that is shown") {
  WithApp given;
  REQUIRE(given.Verify(given.Code()).ok());
  given.session_token.clear();
  REQUIRE(given.Set(given.Check(given.Code(1))).ok());
  CHECK(given.When("bob", "RemoveTOTP", "user_id: 'bob'").reason == "auth.proof_too_old");
  given.session_token = given.token;
  given.clock.Advance(absl::Minutes(15));
  CHECK(given.When("bob", "RemoveTOTP", "user_id: 'bob'").reason == "auth.proof_too_old");
  given.session_token.clear();
  REQUIRE(given.Set(given.Check(given.Code())).ok());
  given.session_token = given.token;
  const Then removed = given.When("bob", "RemoveTOTP", "user_id: 'bob'");
  CHECK(removed.events == Strings{"user.human.mfa.otp.removed bob",
                                  "user.credentials.revoked bob",
                                  "session.credentials.kept " + given.id});
  // The session in which he did it stands.
  CHECK(given.Acting(given.token) == "");
  CHECK(given.When("root", "RemoveTOTP", "user_id: 'bob'").reason == "totp.not_found");
}

TEST_CASE("nobody takes his own last factor where one is forced, but may be helped") {
  WithApp given;
  REQUIRE(given.Verify(given.Code()).ok());
  given.session_token.clear();
  REQUIRE(given.Set(given.Check(given.Code(1))).ok());
  event::v1::LoginPolicyChanged forced;
  forced.mutable_policy()->set_allow_username_password(true);
  forced.mutable_policy()->set_force_mfa(true);
  given.Fact<LoginPolicy>(InstanceScope(), forced);
  given.session_token = given.token;
  CHECK(given.When("bob", "RemoveTOTP", "user_id: 'bob'").reason == "factor.last_one");
  given.session_token.clear();
  CHECK(given.When("ann", "RemoveTOTP", "user_id: 'bob'").ok());
  CHECK(given.Acting(given.token) == "session.credentials_changed");
}

}  // namespace
}  // namespace muniment::command
