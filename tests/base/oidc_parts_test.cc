// The pure parts of OpenID Connect: tokens of others as they come, scopes, answers, and what proofs say.
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/amr.h"
#include "base/client_auth.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/jwt.h"
#include "base/key_pair.h"
#include "base/keyring.h"
#include "base/login_hint.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "base/oidc_scope.h"
#include "base/redirect.h"

namespace muniment {
namespace {

std::string Token(const std::string& header, const std::string& payload) {
  return absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload), ".",
                      Base64UrlEncode("signature"));
}

TEST_CASE("of a stranger's token nothing is believed that its header asks for") {
  const struct {
    const char* header;
    const char* reason;
  } kHeaders[] = {
      {R"({"alg":"RS256","kid":"1"})", ""},
      {R"({"alg":"none"})", "jwt.algorithm"},
      {R"({"alg":"None"})", "jwt.algorithm"},
      {R"({"alg":"HS256"})", "jwt.algorithm"},
      {R"({"alg":"rs256"})", "jwt.algorithm"},
      {R"({"alg":["RS256"]})", "jwt.algorithm"},
      {R"({})", "jwt.algorithm"},
      {R"({"alg":"RS256","crit":["exp"]})", "jwt.critical"},
      {R"({"alg":"RS256","crit":[]})", "jwt.critical"},
      {R"([])", "jwt.malformed"},
      {R"("RS256")", "jwt.malformed"},
      {"", "jwt.malformed"},
      {"{", "jwt.malformed"},
      {"\xff\xfe", "jwt.malformed"},
  };
  for (const auto& each : kHeaders) {
    INFO(each.header);
    CHECK(Reason(ParseJwt(Token(each.header, R"({"iss":"a"})")).status()) == each.reason);
  }
  // A key that it brings is not even read.
  const auto brings = ParseJwt(Token(R"({"alg":"RS256","jwk":{"kty":"RSA"},"jku":"https://e","x5u":1})",
                                     R"({"iss":"a"})"));
  REQUIRE(brings.ok());
  CHECK(brings->key_id == "");
  CHECK_FALSE(ParseJwt(std::string(kMaxJwt + 1, 'a')).ok());
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  CHECK_FALSE(ParseJwt(Token(R"({"alg":"RS256"})", absl::StrCat(R"({"a":)", deep, "}"))).ok());
}

TEST_CASE("a login hint opens for the request that it came with, in time, and for no other") {
  const Sealer sealer(MasterKey::Generate()), other(MasterKey::Generate());
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000), end = now + absl::Hours(1);
  const std::string name = "Zo\xc3\xab@example.org";
  const std::string told = LoginRequestIdWith(sealer, 7, "365960591765929986", name, end);
  CHECK(told.find("example") == std::string::npos);
  CHECK(RequestOfLogin(told) == "365960591765929986");
  CHECK(HintOfLogin(sealer, 7, told, now) == name);
  CHECK(HintOfLogin(sealer, 7, told, end) == "");
  CHECK(HintOfLogin(sealer, 8, told, now) == "");
  CHECK(HintOfLogin(other, 7, told, now) == "");
  const std::string elsewhere = absl::StrCat("V2_365960591765929987", told.substr(told.find('.')));
  CHECK(HintOfLogin(sealer, 7, elsewhere, now) == "");
  for (const std::string& broken :
       {told.substr(0, told.size() - 1), told + "A", std::string("V2_1."), std::string("."),
        std::string("V2_a\0b.c", 8), std::string("V2_365960591765929986")}) {
    CHECK(HintOfLogin(sealer, 7, broken, now) == "");
  }
  // The longest fits what the published methods take, 200, and leaves room for longer ids; none goes with
  // what is no hint.
  const auto length_with = [&](const std::string& hint) {
    return LoginRequestIdWith(sealer, 7, "365960591765929986", hint, end).size();
  };
  CHECK(length_with(std::string(kMaxLoginHint, 'a')) == 196);
  for (const std::string& none : {std::string(kMaxLoginHint + 1, 'a'), std::string("\xff"),
                                  std::string()}) {
    CHECK(length_with(none) == std::string("V2_365960591765929986").size());
  }
}

TEST_CASE("a claim counts only in its own form") {
  const auto token = ParseJwt(Token(R"({"alg":"ES256","typ":"application/AT+jwt"})",
                                    R"({"iss":7,"exp":"soon","iat":1700000000.5,"nbf":-1,)"
                                    R"("aud":["a",1,"b"],"one":"x","far":1e300,"flag":true})"));
  REQUIRE(token.ok());
  CHECK(token->type == "at+jwt");
  CHECK_FALSE(token->Text("iss").has_value());
  CHECK_FALSE(token->Time("exp").has_value());
  CHECK_FALSE(token->Time("nbf").has_value());
  CHECK_FALSE(token->Time("far").has_value());
  CHECK(absl::ToUnixMillis(*token->Time("iat")) == 1'700'000'000'500);
  CHECK(token->Texts("aud") == std::vector<std::string>{"a", "b"});
  CHECK(token->Texts("one") == std::vector<std::string>{"x"});
  CHECK(token->Texts("none").empty());
  CHECK(token->Flag("flag") == true);
  CHECK(token->Has("iss"));
}

TEST_CASE("scopes that nobody knows are left out, and a list that is none is refused") {
  const auto scopes = ParseScopes("openid  email openid unknown urn:zitadel:iam:org:id:7 "
                                  "urn:zitadel:iam:org:project:id:zitadel:aud");
  REQUIRE(scopes.ok());
  CHECK(*scopes == std::vector<std::string>{"openid", "email", "urn:zitadel:iam:org:id:7",
                                            "urn:zitadel:iam:org:project:id:zitadel:aud"});
  CHECK(AudienceAsked(*scopes, "9") == std::vector<std::string>{"9"});
  const auto both = ParseScopes("urn:zitadel:iam:org:project:id:5:aud urn:zitadel:iam:org:project:id:9:aud "
                                "urn:zitadel:iam:org:project:id:zitadel:aud");
  CHECK(AudienceAsked(*both, "9") == std::vector<std::string>{"5", "9"});
  CHECK(ProjectAudience("urn:zitadel:iam:org:project:id:5:aud") == "5");
  CHECK_FALSE(ProjectAudience("urn:zitadel:iam:org:project:id::aud").has_value());
  CHECK_FALSE(RequiredOrganization("urn:zitadel:iam:org:id:").has_value());
  for (const std::string& wrong :
       {std::string("open\"id"), std::string("a\nb"), std::string("a\\b"), std::string("\u00e9"),
        std::string(kMaxScopeText + 1, 'a')}) {
    CHECK(IsOauthError(ParseScopes(wrong).status(), Oauth::kInvalidScope));
  }
  std::string many;
  for (size_t i = 0; i <= kMaxScopes; ++i) absl::StrAppend(&many, "s", i, " ");
  CHECK(IsOauthError(ParseScopes(many).status(), Oauth::kInvalidScope));
  CHECK(ParseScopes("")->empty());
}

TEST_CASE("an answer stands in the query or the fragment, and ends nothing there") {
  using event::v1::OIDC_RESPONSE_MODE_FRAGMENT;
  using event::v1::OIDC_RESPONSE_MODE_QUERY;
  const Parameters answer = {{"code", "a b&c=d#e"}, {"state", "\u00e9\r\n"}};
  CHECK(RedirectTo("https://a/in", OIDC_RESPONSE_MODE_QUERY, answer) ==
        "https://a/in?code=a%20b%26c%3Dd%23e&state=%C3%A9%0D%0A");
  CHECK(RedirectTo("https://a/in?x=1", OIDC_RESPONSE_MODE_QUERY, {{"code", "1"}}) ==
        "https://a/in?x=1&code=1");
  CHECK(RedirectTo("https://a/in?x=1", OIDC_RESPONSE_MODE_FRAGMENT, {{"code", "1"}}) ==
        "https://a/in?x=1#code=1");
}

TEST_CASE("codes that people type have every letter and no other") {
  std::string random;
  for (int byte = 255; byte >= 0; --byte) random.push_back(static_cast<char>(byte));
  const auto code = UserCodeOf(random);
  REQUIRE(code.has_value());
  CHECK(code->size() == 9);
  CHECK((*code)[4] == '-');
  CHECK_FALSE(UserCodeOf(std::string(100, '\xff')).has_value());
  CHECK_FALSE(UserCodeOf("abcdefg").has_value());
  CHECK(NormalUserCode(" bcdf-ghjk ") == "BCDFGHJK");
  // Each of the twenty by twelve bytes.
  std::map<char, int> count;
  for (int byte = 0; byte < 240; ++byte) {
    ++count[(*UserCodeOf(std::string(8, static_cast<char>(byte))))[0]];
  }
  CHECK(count.size() == 20);
  for (const auto& [letter, times] : count) CHECK(times == 12);
}

TEST_CASE("what was proved is said in the words of RFC 8176, and what is over is not said") {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const auto names = [](const Proofs& proofs) {
    std::vector<std::string> all;
    for (const auto method : AmrOf(proofs)) all.emplace_back(NameOf(method));
    return all;
  };
  using Names = std::vector<std::string>;
  Proofs proofs;
  proofs.password = now - absl::Minutes(10);
  CHECK(names(proofs) == Names{"pwd"});
  CHECK(AcrOf(AmrOf(proofs)) == "1");
  proofs.totp = now - absl::Hours(20);
  CHECK(names(proofs) == Names{"pwd", "mfa", "otp"});
  CHECK(AcrOf(AmrOf(proofs)) == "2");
  // The second factor, proved later, makes nobody sit there anew.
  CHECK(AuthTimeOf(proofs) == now - absl::Minutes(10));
  Demands demands;
  demands.second_factor_lifetime = absl::Hours(18);
  CHECK(names(Standing(proofs, demands, now)) == Names{"pwd"});
  Proofs passkey;
  passkey.web_authn = now;
  passkey.user_verified = true;
  CHECK(names(passkey) == Names{"mfa", "user", "pop"});
  CHECK(AuthTimeOf(passkey) == now);
}

TEST_CASE("every error has its name, and what is none is the server's own") {
  CHECK(OauthErrorOf(OauthError(Oauth::kInvalidTarget, "x")).name == "invalid_target");
  CHECK(OauthErrorOf(OauthError(Oauth::kInvalidClient, "x")).status == 401);
  CHECK(OauthErrorOf(absl::UnavailableError("x")).error == Oauth::kTemporarilyUnavailable);
  CHECK(OauthErrorOf(absl::InternalError("x")).error == Oauth::kServerError);
  CHECK(OauthErrorOf(Error(absl::StatusCode::kInternal, "oauth.made_up", "x")).error ==
        Oauth::kServerError);
  for (int i = 0; i <= static_cast<int>(Oauth::kInvalidTarget); ++i) {
    CHECK(RowOf(static_cast<Oauth>(i)).error == static_cast<Oauth>(i));
  }
}

TEST_CASE("a client shows one proof of itself, in one of the ways there are") {
  const auto read = [](const std::string& header, const std::map<std::string, std::string>& form) {
    return ReadClient(header, [&form](absl::string_view name) {
      const auto found = form.find(std::string(name));
      return found == form.end() ? absl::string_view() : absl::string_view(found->second);
    });
  };
  const auto basic = [](const std::string& pair) {
    return absl::StrCat("Basic ", Base64Encode(pair));
  };
  CHECK(read(basic("a:b"), {})->id == "a");
  CHECK(read(basic("a%3Ab:c%25d"), {})->id == "a:b");
  CHECK(read(basic("a%3Ab:c%25d"), {})->secret == "c%d");
  CHECK(read(basic("a%zz:b%"), {})->id == "a%zz");
  CHECK(IsOauthError(read("Basic ???", {}).status(), Oauth::kInvalidClient));
  CHECK(IsOauthError(read(basic("nocolon"), {}).status(), Oauth::kInvalidClient));
  CHECK(IsOauthError(read("", {}).status(), Oauth::kInvalidClient));
  CHECK(read("", {{"client_id", "a"}})->by == ShownClient::By::kNothing);
  CHECK(read("", {{"client_id", "a"}, {"client_secret", "b"}})->by == ShownClient::By::kPost);
  CHECK(IsOauthError(read(basic("a:b"), {{"client_secret", "b"}}).status(),
                     Oauth::kInvalidRequest));
  CHECK(IsOauthError(read(basic("a:b"), {{"client_id", "c"}}).status(), Oauth::kInvalidRequest));
  CHECK(IsOauthError(read("", {{"client_id", "a"}, {"client_assertion", "x"}}).status(),
                     Oauth::kInvalidClient));
  CHECK(IsOauthError(read(basic("\xff:b"), {}).status(), Oauth::kInvalidClient));
}

}  // namespace
}  // namespace muniment
