// Passkeys and security keys, registered and shown by an authenticator of the tests.
#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "tests/command/authenticator_world.h"

namespace muniment::command {
namespace {

using World = AuthenticatorWorld;

TEST_CASE("a passkey is registered in two steps, and signs its owner in by itself") {
  World given;
  const std::string id = given.AddPasskey();
  const Then shown = given.Show(given.Asserted(given.Ask()));
  CHECK(shown.reason == "");
  CHECK(shown.events == Strings{"user.human.passwordless.token.check.succeeded bob",
                                "session.webAuthN.checked " + given.session,
                                "session.token.set " + given.session});
  CHECK(given.Acting(shown) == "");
  // The count of uses is kept.
  given.key.sign_count = 5;
  const Then later = given.Show(given.Asserted(given.Ask()));
  CHECK(later.ok());
  CHECK(std::count(later.events.begin(), later.events.end(),
                   "user.human.passwordless.token.signcount.changed bob") == 1);
}

TEST_CASE("a browser that offers its passkeys before anybody is named signs in whom it shows") {
  World given;
  given.AddPasskey();
  const Struct options = given.Ask("REQUIRED", "");
  REQUIRE(given.asked == "");
  CHECK(given.Show(given.Asserted(options), "user { user_id: 'bob' }").ok());
  // A handle of another person does not do.
  const Struct again = given.Ask("REQUIRED", "");
  given.key.user_handle = "ann";
  CHECK(given.Show(given.Asserted(again), "user { user_id: 'bob' }").reason ==
        "webauthn.user_handle");
  const Struct third = given.Ask("REQUIRED", "");
  CHECK(given.Show(given.Asserted(third), "user { user_id: 'ann' }").reason ==
        "webauthn.credential");
}

TEST_CASE("a challenge is answered once, in its time, and not with another's") {
  World given;
  given.AddPasskey();
  const Struct options = given.Ask();
  const Struct answer = given.Asserted(options);
  REQUIRE(given.Show(answer).ok());
  CHECK(given.Show(answer).reason == "session.not_challenged");
  const Struct other = given.Ask();
  const Then replayed = given.Show(answer);
  CHECK(replayed.reason == "webauthn.challenge");
  CHECK(replayed.events == Strings{"user.human.passwordless.token.check.failed bob"});
  given.clock.Advance(absl::Minutes(10));
  CHECK(given.Show(given.Asserted(other)).reason == "session.challenge_expired");
}

TEST_CASE("a count that does not rise tells a clone, which signs nobody in") {
  World given;
  given.key.sign_count = 7;
  given.AddPasskey();
  given.key.sign_count = 9;
  REQUIRE(given.Show(given.Asserted(given.Ask())).ok());
  given.key.sign_count = 8;
  const Then cloned = given.Show(given.Asserted(given.Ask()));
  CHECK(cloned.reason == "webauthn.cloned");
  CHECK(cloned.events == Strings{"user.human.passwordless.token.check.failed bob"});
}

TEST_CASE("a passkey must make sure of the person, and a page must be the instance's") {
  World given;
  given.AddPasskey();
  Struct options = given.Ask();
  given.key.flags = VirtualAuthenticator::kUserPresent;
  CHECK(given.Show(given.Asserted(options)).reason == "webauthn.user_verified");
  given.key.flags |= VirtualAuthenticator::kUserVerified;
  for (const char* origin : {"https://evil.test", "http://example.test", "https://example.test.evil",
                             "https://notexample.test", "https://example.test:0", "example.test"}) {
    options = given.Ask();
    given.key.origin = origin;
    CHECK(given.Show(given.Asserted(options)).reason == "webauthn.origin");
  }
  for (const char* origin : {"https://example.test:8443", "https://login.example.test"}) {
    options = given.Ask();
    given.key.origin = origin;
    CHECK(given.Show(given.Asserted(options)).reason == "");
  }
}

TEST_CASE("a domain that is none of the instance's is asked for nothing") {
  World given;
  for (const char* domain : {"evil.test", "test", "login.example.test"}) {
    CHECK(given.Begin("RegisterPasskey", absl::StrCat("domain: '", domain, "'")).reason ==
          "webauthn.domain");
    CHECK(given.When("robot", "CreateSession",
                     absl::StrCat("challenges { web_auth_n { domain: '", domain,
                                  "' user_verification_requirement: 1 } }"))
              .reason == "webauthn.domain");
  }
  CHECK(given.Begin("RegisterPasskey", "domain: 'Example.TEST'").ok());
}

TEST_CASE("where a trusted make is wanted, others are turned away") {
  World given;
  const auto root = webauthn::NewKey(webauthn::kEs256);
  const std::string certificate = webauthn::NewCertificate(
      {.unit = "", .name = "Root", .basic_constraints = "critical,CA:TRUE"}, root.get());
  const auto end = [&given] {
    const Then begun = given.Begin();
    const auto& response = begun.response<zitadel::user::v2::RegisterPasskeyResponse>();
    const Struct& options = response.public_key_credential_creation_options();
    CHECK(PublicKey(options).fields().at("attestation").string_value() == "direct");
    return given.End(response.passkey_id(), given.Registered(options)).reason;
  };
  given.Attest({.ask = true, .roots = {certificate}, .require_trusted = true});
  CHECK(end() == "webauthn.attestation_trust");
  given.key.format = "packed";  // signed by itself
  CHECK(end() == "webauthn.attestation_trust");
  auto own = webauthn::NewKey(webauthn::kEs256);
  const std::string made = webauthn::NewCertificate({}, own.get(), certificate, root.get());
  given.key.CertifyWith({std::move(own), {made}});
  CHECK(end() == "");
  given.Attest({.ask = true});  // asked for and recorded alone
  given.key.format = "none";
  given.key.id = "another";
  CHECK(end() == "");
}

TEST_CASE("a security key stands beside a password and is none by itself") {
  World given;
  event::v1::PasswordChanged password;
  password.set_password_hash("hash of secret12");
  given.Fact<User>(UserScope("bob"), password);
  given.key.flags = VirtualAuthenticator::kUserPresent;
  given.AddSecurityKey();
  given.Ask();  // a passkey
  CHECK(given.asked == "webauthn.none");
  const Then alone = given.Show(given.Asserted(given.Ask("DISCOURAGED")));
  REQUIRE(alone.ok());
  CHECK(given.Acting(alone) == "auth.session_unproved");
  const Struct options = given.Ask("DISCOURAGED");
  const Then both = given.Show(given.Asserted(options), "password { password: 'secret12' }");
  REQUIRE(both.ok());
  CHECK(given.Acting(both) == "");
}

TEST_CASE("the last passkey of the last who administers the instance stays") {
  World given;
  given.Member(InstanceScope(), "bob", {"IAM_OWNER"});
  given.Member(InstanceScope(), "clerk", {"IAM_LOGIN_CLIENT"});  // signs him in
  REQUIRE(given
              .When("", "AddPersonalAccessToken",
                    "user_id: 'clerk' expiration_date { seconds: 4000000000 }")
              .ok());
  const auto remove = [&given](const std::string& id) {
    return given
        .When("root", "RemovePasskey", absl::StrCat("user_id: 'bob' passkey_id: '", id, "'"))
        .reason;
  };
  const std::string one = given.AddPasskey();
  CHECK(remove(one) == "instance.last_owner");
  given.key.id += " of another device";
  const std::string other = given.AddPasskey();
  CHECK(remove(one) == "");
  CHECK(remove(other) == "instance.last_owner");
  event::v1::PasswordChanged password;
  password.set_password_hash("hash of secret12");
  given.Fact<User>(UserScope("bob"), password);
  CHECK(remove(other) == "");
}

TEST_CASE("a registration ends once, in its time, and a credential is one person's") {
  World given;
  const Then begun = given.Begin();
  const auto response = begun.response<zitadel::user::v2::RegisterPasskeyResponse>();
  const Struct answer = given.Registered(response.public_key_credential_creation_options());
  CHECK(given.End("12345", answer).reason == "passkey.not_found");
  CHECK(given.End(response.passkey_id(), answer, false).reason == "u2f.not_found");
  REQUIRE(given.End(response.passkey_id(), answer).ok());
  CHECK(given.End(response.passkey_id(), answer).reason == "factor.already_verified");

  const auto second = given.Begin().response<zitadel::user::v2::RegisterPasskeyResponse>();
  CHECK(given.End(second.passkey_id(),
                  given.Registered(second.public_key_credential_creation_options()))
            .reason == "webauthn.credential_known");
  given.clock.Advance(absl::Minutes(10));
  CHECK(given.End(second.passkey_id(),
                  given.Registered(second.public_key_credential_creation_options()))
            .reason == "webauthn.expired");

  // Nor may anybody else register it, until it is removed.
  const auto steal = [&] {
    const auto theirs = given.When("root", "RegisterPasskey", "user_id: 'ann'")
                            .response<zitadel::user::v2::RegisterPasskeyResponse>();
    return given
        .When("root", "VerifyPasskeyRegistration",
              absl::StrCat("user_id: 'ann' passkey_id: '", theirs.passkey_id(),
                           "' passkey_name: 'p' public_key_credential { ",
                           Text(given.Registered(theirs.public_key_credential_creation_options())),
                           " }"))
        .reason;
  };
  CHECK(steal() == "user.credential_taken");
  REQUIRE(given.When("root", "RemovePasskey",
                     absl::StrCat("user_id: 'bob' passkey_id: '", response.passkey_id(), "'"))
              .ok());
  CHECK(steal() == "");
}

TEST_CASE("begun registrations make room for each other, and the policy says what may be used") {
  World given;
  for (int i = 0; i < 25; ++i) REQUIRE(given.Begin().ok());
  CHECK(given.Begin().reason == "factor.too_many");
  given.clock.Advance(absl::Minutes(10));
  CHECK(given.Begin().ok());
  event::v1::LoginPolicyChanged none;
  given.Fact<LoginPolicy>(InstanceScope(), none);
  CHECK(given.Begin().reason == "factor.not_allowed");
  event::v1::LoginSecondFactorRemoved removed;
  removed.set_factor(event::v1::SECOND_FACTOR_U2F);
  given.Fact<LoginPolicy>(InstanceScope(), removed);
  CHECK(given.Begin("RegisterU2F").reason == "factor.not_allowed");
  CHECK(given.When("root", "RegisterPasskey", "user_id: 'robot'").reason == "user.not_human");
}

}  // namespace
}  // namespace muniment::command
