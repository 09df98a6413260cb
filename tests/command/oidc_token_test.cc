// The token endpoint's table of checks: which check refuses what, and what is stored.
#include "command/oidc/token.h"

#include <catch2/catch.hpp>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/crypto.h"
#include "base/error_facts.h"
#include "base/jws.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "command/oidc/authorize.h"
#include "command/oidc/device_auth.h"
#include "command/oidc/revoke.h"
#include "command/oidc/token.h"
#include "command/user/machine_credentials.h"
#include "tests/command/oidc_world.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {
namespace {

// "invalid_grant code_once".
std::string Refusal(const absl::Status& status) {
  return absl::StrCat(OauthErrorOf(status).name, " ", ErrorFact(status, kFailedCheck));
}

TEST_CASE("a code is redeemed for what was asked") {
  OidcWorld given;
  const auto issued = given.SignedIn();
  CHECK(issued.family().user_id() == "bob");
  CHECK(issued.family().organization_id() == "acme");
  CHECK(issued.family().client_id() == given.client_id);
  CHECK(issued.family().session_id() == given.bob_session);
  CHECK(issued.family().amr_size() == 1);
  CHECK(issued.nonce() == "nonce-1");
  CHECK(issued.has_id_token_lifetime());
  CHECK(issued.refresh_token_id() != "");
  CHECK(ToTime(issued.access_expiration()) - ToTime(issued.issued_at()) == absl::Hours(12));
  const TokenFamily family = given.Family(issued.family_id());
  CHECK(family.exists());
  CHECK(family.access_tokens.size() == 1);
  CHECK(family.Refreshable(given.clock.Now()));
}

TEST_CASE("each part of a request for a code's tokens is held against its own rule") {
  OidcWorld given;
  const struct {
    Form changes;
    const char* refusal;
  } kCases[] = {
      {{{"grant_type", ""}}, "invalid_request grant_type"},
      {{{"grant_type", "password"}}, "unsupported_grant_type grant_type"},
      {{{"code", ""}}, "invalid_request code_found"},
      {{{"code", "code_1_2"}}, "invalid_grant code_found"},
      {{{"redirect_uri", "https://app.example/other"}}, "invalid_grant redirect_uri_same"},
      {{{"redirect_uri", ""}}, "invalid_grant redirect_uri_same"},
      {{{"code_verifier", ""}}, "invalid_grant verifier_fits"},
      {{{"code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX"}},
       "invalid_grant verifier_fits"},
      {{{"code_verifier", "short"}}, "invalid_grant verifier_fits"},
      {{{"client_secret", "x"}}, "invalid_request client_known"},
      {{{"client_id", "another"}}, "invalid_request client_known"},
  };
  const std::string code = given.Code();
  for (const auto& each : kCases) {
    const auto issued = given.Token(With(given.CodeForm(code), each.changes));
    INFO(each.refusal);
    CHECK(Refusal(issued.status()) == each.refusal);
  }
  // None of them used it up.
  CHECK(given.Token(given.CodeForm(code)).ok());
}

TEST_CASE("a client proves itself in one way, and by what it has") {
  OidcWorld given;
  const Form form = given.CodeForm(given.Code());
  const auto basic = [](const std::string& id, const std::string& secret) {
    return absl::StrCat("Basic ", Base64Encode(absl::StrCat(id, ":", secret)));
  };
  CHECK(Refusal(given.Token(form, "").status()) == "invalid_client client_known");
  CHECK(Refusal(given.Token(form, basic(given.client_id, "wrong")).status()) ==
        "invalid_client client_proved");
  CHECK(Refusal(given.Token(form, basic("nobody", "wrong")).status()) ==
        "invalid_client client_known");
  CHECK(Refusal(given.Token(form, "Basic !").status()) == "invalid_client client_known");
  const Form by_id = With(form, {{"client_id", given.client_id}});
  CHECK(Refusal(given.Token(by_id, "").status()) == "invalid_client client_proved");
  const Form posted = With(by_id, {{"client_secret", given.client_secret}});
  CHECK(given.Token(posted, "").ok());
}

TEST_CASE("a code that is shown again ends what it was redeemed for") {
  OidcWorld given;
  const std::string code = given.Code();
  const auto issued = given.Token(given.CodeForm(code));
  REQUIRE(issued.ok());
  CHECK(Refusal(given.Token(given.CodeForm(code)).status()) == "invalid_grant code_once");
  CHECK(given.Family(issued->family_id()).revoked);
  CHECK(Refusal(given.Token(given.RefreshOf(*issued)).status()) ==
        "invalid_grant refresh_token_once");
}

TEST_CASE("a code counts for five minutes, and only with the challenge it was asked with") {
  OidcWorld given;
  const std::string late = given.Code();
  given.clock.Advance(absl::Minutes(5));
  CHECK(Refusal(given.Token(given.CodeForm(late)).status()) == "invalid_grant code_in_time");
  const std::string plain =
      given.Code({{"code_challenge", ""}, {"code_challenge_method", ""}});
  CHECK(Refusal(given.Token(given.CodeForm(plain)).status()) == "invalid_grant verifier_fits");
  CHECK(given.Token(With(given.CodeForm(plain), {{"code_verifier", ""}})).ok());
}

TEST_CASE("a refresh token is renewed with each use, and an old one ends the family") {
  OidcWorld given;
  const auto first = given.SignedIn();
  const auto second = given.Token(given.RefreshOf(first));
  REQUIRE(second.ok());
  CHECK(second->family_id() == first.family_id());
  CHECK(second->refresh_token_id() != first.refresh_token_id());
  CHECK(second->access_token_id() != first.access_token_id());
  // An answer that was lost is given again, and nothing is stored.
  const size_t events = given.lookup.Events(1, 0).size();
  const auto again = given.Token(given.RefreshOf(first));
  REQUIRE(again.ok());
  CHECK(again->refresh_token_id() == second->refresh_token_id());
  CHECK(again->access_token_id() == second->access_token_id());
  CHECK(given.lookup.Events(1, 0).size() == events);

  given.clock.Advance(absl::Seconds(11));
  CHECK(Refusal(given.Token(given.RefreshOf(first)).status()) ==
        "invalid_grant refresh_token_once");
  CHECK(given.Family(first.family_id()).revoked);
  CHECK(Refusal(given.Token(given.RefreshOf(*second)).status()) ==
        "invalid_grant refresh_token_once");
}

TEST_CASE("a refresh token that was replaced by one already used ends the family at once") {
  OidcWorld given;
  const auto first = given.SignedIn();
  const auto second = given.Token(given.RefreshOf(first));
  REQUIRE(second.ok());
  REQUIRE(given.Token(given.RefreshOf(*second)).ok());
  CHECK(Refusal(given.Token(given.RefreshOf(first)).status()) ==
        "invalid_grant refresh_token_once");
  CHECK(given.Family(first.family_id()).revoked);
}

TEST_CASE("a refresh asks for no more than was granted, and ends with its sign-in") {
  OidcWorld given;
  const auto first = given.SignedIn();
  CHECK(Refusal(given.Token(given.RefreshOf(first, {{"scope", "openid email"}})).status()) ==
        "invalid_scope scope_not_wider");
  const auto narrow = given.Token(given.RefreshOf(first, {{"scope", "openid"}}));
  REQUIRE(narrow.ok());
  CHECK(narrow->scope_size() == 1);
  CHECK(Refusal(given.Token(given.RefreshOf("1", "2")).status()) ==
        "invalid_grant refresh_token_found");
  REQUIRE(given.When("", "DeleteSession", absl::StrCat("session_id: '", given.bob_session, "'"))
              .ok());
  CHECK(Refusal(given.Token(given.RefreshOf(*narrow)).status()) == "invalid_grant sign_in_stands");
}

TEST_CASE("whoever lost what a grant came of is given nothing") {
  const struct {
    const char* method;
    const char* request;  // %p, %a: the project's and the application's id
    const char* refusal;
  } kCases[] = {
      {"LockUser", "user_id: 'bob'", "invalid_grant sign_in_stands"},
      {"DeactivateUser", "user_id: 'bob'", "invalid_grant sign_in_stands"},
      {"SetPassword", "user_id: 'bob' new_password { password: 'Password-2' }",
       "invalid_grant sign_in_stands"},
      {"DeactivateOrganization", "organization_id: 'acme'", "invalid_client client_active"},
      {"DeactivateProject", "project_id: '%p'", "invalid_client client_active"},
      {"DeactivateApplication", "project_id: '%p' application_id: '%a'",
       "invalid_client client_active"},
      {"DeleteApplication", "project_id: '%p' application_id: '%a'", "invalid_client client_known"},
  };
  for (const auto& each : kCases) {
    INFO(each.method);
    OidcWorld given;
    const auto issued = given.SignedIn();
    const std::string code = given.Code();
    const std::string application =
        given.application_stream.substr(given.project_id.size() + 1);
    const std::string request = absl::StrReplaceAll(
        each.request, {{"%p", given.project_id}, {"%a", application}});
    REQUIRE(given.When("", each.method, request).ok());
    CHECK(Refusal(given.Token(given.RefreshOf(issued)).status()) == each.refusal);
    CHECK(Refusal(given.Token(given.CodeForm(code)).status()) == each.refusal);
  }
}

TEST_CASE("a project may ask for a role, or for a grant, before anybody is let in") {
  OidcWorld given;
  const std::string code = given.Code();
  const auto issued = given.SignedIn();
  REQUIRE(given.When("", "UpdateProject",
                     absl::StrCat("project_id: '", given.project_id,
                                  "' authorization_required: true"))
              .ok());
  CHECK(Refusal(given.Token(given.CodeForm(code)).status()) == "invalid_grant project_admits");
  CHECK(Refusal(given.Token(given.RefreshOf(issued)).status()) == "invalid_grant project_admits");
  REQUIRE(given.When("", "AddProjectRole",
                     absl::StrCat("project_id: '", given.project_id,
                                  "' role_key: 'reader' display_name: 'Reader'"))
              .ok());
  REQUIRE(given.When("", "CreateAuthorization",
                     absl::StrCat("user_id: 'bob' project_id: '", given.project_id,
                                  "' organization_id: 'acme' role_keys: 'reader'"))
              .ok());
  CHECK(given.Token(given.CodeForm(code)).ok());
}

// ------------------------------------------------------------------------------ machines

struct Machines : OidcWorld {
  std::string Secret() {
    const Then made = When("", "AddSecret", "user_id: 'robot'");
    REQUIRE(made.ok());
    return made.response<zitadel::user::v2::AddSecretResponse>().client_secret();
  }
  std::string Assertion(const std::string& claims, const std::string& header_kid) {
    const auto key = SigningKey::Open(pair.private_pem.reveal(), event::v1::WEB_KEY_ALGORITHM_EDDSA);
    REQUIRE(key.ok());
    return key->Sign(absl::StrCat(R"({"alg":"EdDSA","kid":")", header_kid, R"("})"), claims);
  }
  // Of now, with what a case says otherwise.
  std::string Claims(const std::string& issuer, const std::string& audience, int64_t age = 0,
                     int64_t lasts = 600, const std::string& jti = "") {
    const int64_t now = absl::ToUnixSeconds(clock.Now());
    return absl::StrCat(R"({"iss":")", issuer, R"(","sub":")", issuer, R"(","aud":")", audience,
                        R"(","iat":)", now - age, R"(,"exp":)", now - age + lasts,
                        jti.empty() ? "" : absl::StrCat(R"(,"jti":")", jti, "\""), "}");
  }
  void AddKey() {
    event::v1::MachineKeyAdded added;
    added.set_key_id("key-1");
    added.set_organization_id("acme");
    added.set_public_key(pair.public_pem);
    Fact<MachineCredentials>(UserScope("robot"), added);
  }
  absl::StatusOr<oidc::v1::Issued> Bearer(const std::string& assertion) {
    return Token({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                  {"assertion", assertion},
                  {"scope", "openid urn:zitadel:iam:org:project:id:zitadel:aud"}},
                 "");
  }
  KeyPair pair = NewKeyPair({KeySpec::Kind::kEd25519, 256});
};

TEST_CASE("a machine gets tokens by its secret, until that is another") {
  Machines given;
  const std::string secret = given.Secret();
  const auto basic = [](const std::string& s) {
    return absl::StrCat("Basic ", Base64Encode(absl::StrCat("robot:", s)));
  };
  const Form form = {{"grant_type", "client_credentials"}, {"scope", "openid offline_access"}};
  const auto issued = given.Token(form, basic(secret));
  INFO(issued.status());
  REQUIRE(issued.ok());
  CHECK(issued->family().user_id() == "robot");
  CHECK(issued->family().user_credential().secret_mark().size() == 8);
  // Neither an ID token nor a refresh token: nobody is there.
  CHECK_FALSE(issued->has_id_token_lifetime());
  CHECK(issued->refresh_token_id() == "");
  CHECK(Refusal(given.Token(form, basic("wrong")).status()) == "invalid_client machine_by_secret");
  REQUIRE(given.When("", "RemoveSecret", "user_id: 'robot'").ok());
  CHECK(Refusal(given.Token(form, basic(secret)).status()) == "invalid_client machine_by_secret");
  CHECK(Refusal(given.Token(form, basic("")).status()) == "invalid_client machine_by_secret");
}

TEST_CASE("a machine's assertion counts for its issuer, its time and its key") {
  Machines given;
  given.AddKey();
  const auto issued = given.Bearer(given.Assertion(given.Claims("robot", kIssuer), "key-1"));
  INFO(issued.status());
  REQUIRE(issued.ok());
  CHECK(issued->family().user_credential().key_id() == "key-1");

  const auto refused = [&](const std::string& claims, const std::string& kid = "key-1") {
    return Refusal(given.Bearer(given.Assertion(claims, kid)).status());
  };
  const std::string kInvalid = "invalid_grant machine_by_assertion";
  CHECK(refused(given.Claims("robot", "https://other.example")) == kInvalid);
  CHECK(refused(given.Claims("robot", "https://id.example.evil")) == kInvalid);
  CHECK(refused(given.Claims("robot", kIssuer), "key-2") == kInvalid);
  CHECK(refused(given.Claims("clerk", kIssuer)) == kInvalid);
  CHECK(refused(given.Claims("bob", kIssuer)) == kInvalid);
  CHECK(refused(given.Claims("robot", kIssuer, 3700, 7200)) == kInvalid);  // too old
  CHECK(refused(given.Claims("robot", kIssuer, 100, 50)) == kInvalid);     // over
  CHECK(refused(given.Claims("robot", kIssuer, -60)) == kInvalid);         // from the future
  CHECK(refused(R"({"iss":"robot","sub":"robot"})") == kInvalid);
  CHECK(refused("[]") == kInvalid);
  CHECK(refused("{") == kInvalid);
}

TEST_CASE("an assertion with a jti is redeemed once") {
  Machines given;
  given.AddKey();
  const std::string once = given.Assertion(given.Claims("robot", kIssuer, 0, 600, "j1"), "key-1");
  CHECK(given.Bearer(once).ok());
  CHECK(Refusal(given.Bearer(once).status()) == "invalid_grant assertion_once");
  // Without one it cannot be told from the next of the same second.
  const std::string plain = given.Assertion(given.Claims("robot", kIssuer), "key-1");
  CHECK(given.Bearer(plain).ok());
  CHECK(given.Bearer(plain).ok());
}

TEST_CASE("a person ends his own sign-ins by applications, one or all, and nobody else's") {
  OidcWorld given;
  const auto first = given.SignedIn(), second = given.SignedIn(), third = given.SignedIn();
  const auto id = [](const oidc::v1::Issued& issued) {
    return absl::StrCat("id: '", issued.family_id(), "'");
  };
  CHECK(given.When("ann", "RevokeMyRefreshToken", id(first)).reason == "refresh_token.not_found");
  CHECK(given.When("bob", "RevokeMyRefreshToken", "id: '1'").reason == "refresh_token.not_found");
  const Then one = given.When("bob", "RevokeMyRefreshToken", id(first));
  CHECK(one.events == Strings{absl::StrCat("oidc_session.refresh_token.revoked ",
                                           first.family_id())});
  CHECK(given.When("bob", "RevokeMyRefreshToken", id(first)).reason == "refresh_token.not_found");
  CHECK(Refusal(given.Token(given.RefreshOf(first)).status()) ==
        "invalid_grant refresh_token_once");
  CHECK(given.Token(given.RefreshOf(second)).ok());
  CHECK(given.When("ann", "RevokeAllMyRefreshTokens", "").events.empty());
  CHECK(given.When("bob", "RevokeAllMyRefreshTokens", "").events.size() == 2);
  CHECK(Refusal(given.Token(given.RefreshOf(third)).status()) ==
        "invalid_grant refresh_token_once");
}

TEST_CASE("with a user end the families of his tokens") {
  OidcWorld given;
  const auto issued = given.SignedIn();
  REQUIRE(given.When("", "DeleteUser", "user_id: 'bob'").ok());
  CHECK(given.Family(issued.family_id()).revoked);
}

TEST_CASE("nobody is sent where the application is answered no more, with an error neither") {
  const std::string error = "' error { error: ERROR_REASON_ACCESS_DENIED }";
  for (const char* mode : {"query", "form_post"}) {
    OidcWorld given;
    const std::string kept = given.NewRequest({{"response_mode", mode}});
    const std::string lost = given.NewRequest({{"response_mode", mode}});
    const auto answer = [&](const std::string& id) {
      return given.When("", "CreateCallback", absl::StrCat("auth_request_id: 'V2_", id, error));
    };
    const Then told = answer(kept);
    REQUIRE(told.ok());
    const std::string url =
        told.response<zitadel::oidc::v2::CreateCallbackResponse>().callback_url();
    const size_t at = url.find("failed=");
    CHECK((at != std::string::npos) == (std::string(mode) == "form_post"));
    const auto page = [&] {
      return given.Answer({{"failed", url.substr(at + 7)}}).status();
    };
    if (at != std::string::npos) CHECK(page().ok());
    REQUIRE(given.When("", "UpdateApplication",
                       absl::StrCat("project_id: '", given.project_id, "' application_id: '",
                                    given.application_stream.substr(given.project_id.size() + 1),
                                    "' oidc_configuration { redirect_uris: "
                                    "'https://app.example/other' }"))
                .ok());
    CHECK(answer(lost).reason == "auth_request.withdrawn");
    CHECK(given.When("", "CreateCallback",
                     absl::StrCat("auth_request_id: 'V2_", lost, "' session { session_id: '",
                                  given.bob_session, "' session_token: '", given.bob_token, "' }"))
              .reason == "auth_request.withdrawn");
    if (at != std::string::npos) CHECK(OauthErrorOf(page()).name == "invalid_request");
  }
}

TEST_CASE("every line of the tables says what it keeps, and none stands twice") {
  size_t lines = 0;
  for (const auto& table : {TokenChecks(), AuthorizeChecks(), RevokeChecks(), DeviceChecks()}) {
    std::set<std::string> seen;
    for (const std::string& line : table) {
      INFO(line);
      CHECK((absl::StrContains(line, "RFC ") || absl::StrContains(line, "OpenID Connect") ||
             absl::StrContains(line, "OAuth 2.0")));
      CHECK(absl::StrContains(line, "section"));
      CHECK(seen.insert(line).second);
    }
    CHECK(seen.size() >= 3);
    lines += seen.size();
  }
  CHECK(lines > 70);
}

}  // namespace
}  // namespace muniment::command
