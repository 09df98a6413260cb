#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/amr.h"
#include "base/jws.h"
#include "command/oidc/token.h"
#include "gateway/login/texts.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/json_object.h"
#include "query/settings/languages.h"
#include "query/webkey/published.h"

namespace muniment::gateway {
namespace {

using Texts = std::vector<std::string>;

constexpr absl::string_view kCache = "max-age=300, must-revalidate";

// What a client may sign its assertions with.
Texts SigningAlgorithms() {
  Texts names;
  for (int each = 1; event::v1::WebKeyAlgorithm_IsValid(each); ++each) {
    names.emplace_back(NameOf(static_cast<JwsAlgorithm>(each)));
  }
  return names;
}

// By every key that is shown, as any of them may sign next, and a client asks only once; the one that
// signs now comes first.
Texts SignsBy(const Visit& visit, JwsAlgorithm now) {
  Texts names = {std::string(NameOf(now))};
  projections::View view = visit.ports->database->Read();
  const auto keys = query::PublishedWebKeys(view, visit.instance);
  if (!keys.ok()) return names;
  for (const row::v1::WebKey& key : *keys) {
    const std::string name(NameOf(key.algorithm()));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

Texts GrantTypesOf() {
  Texts names = command::GrantTypes();
  names.emplace_back("implicit");
  return names;
}

// What the login speaks, as far as the instance allows it.
Texts LocalesOf(const Visit& visit) {
  projections::View view = visit.ports->database->Read();
  const auto allowed = query::AllowedLanguages(view, visit.instance);
  Texts languages = LoginLanguages();
  if (!allowed.ok()) return languages;
  std::erase_if(languages, [&allowed](const std::string& language) {
    return std::find(allowed->begin(), allowed->end(), language) == allowed->end();
  });
  return languages;
}

void AddEndpoints(const std::string& issuer, JsonObject* body) {
  const auto at = [&issuer](absl::string_view path) { return absl::StrCat(issuer, path); };
  body->Add("authorization_endpoint", at("/oauth/v2/authorize"))
      .Add("token_endpoint", at("/oauth/v2/token"))
      .Add("introspection_endpoint", at("/oauth/v2/introspect"))
      .Add("userinfo_endpoint", at("/oidc/v1/userinfo"))
      .Add("revocation_endpoint", at("/oauth/v2/revoke"))
      .Add("device_authorization_endpoint", at("/oauth/v2/device_authorization"))
      .Add("end_session_endpoint", at("/oidc/v1/end_session"))
      .Add("jwks_uri", at("/oauth/v2/keys"));
}

}  // namespace

void Discovery(const VisitPtr& visit) {
  const auto algorithm = visit->ports->signer->Algorithm(visit->instance);
  if (!algorithm.ok()) return visit->Refuse(algorithm.status());
  const Texts signs = SignsBy(*visit, *algorithm);
  const Texts methods = {"none", "client_secret_basic", "client_secret_post", "private_key_jwt"};
  const Texts proving = {"client_secret_basic", "client_secret_post", "private_key_jwt"};
  const Texts locales = LocalesOf(*visit);
  JsonObject body;
  body.Add("issuer", visit->issuer);
  AddEndpoints(visit->issuer, &body);
  body.AddTexts("scopes_supported", Texts{"openid", "profile", "email", "phone", "offline_access"})
      .AddTexts("response_types_supported", Texts{"code", "id_token", "id_token token"})
      .AddTexts("response_modes_supported", Texts{"query", "fragment", "form_post"})
      .AddTexts("grant_types_supported", GrantTypesOf())
      .AddTexts("acr_values_supported", Texts{std::string(kOneFactor), std::string(kTwoFactors)})
      .AddTexts("subject_types_supported", Texts{"public"})
      .AddTexts("id_token_signing_alg_values_supported", signs)
      .AddTexts("token_endpoint_auth_methods_supported", methods)
      .AddTexts("token_endpoint_auth_signing_alg_values_supported", SigningAlgorithms())
      .AddTexts("introspection_endpoint_auth_methods_supported", proving)
      .AddTexts("introspection_endpoint_auth_signing_alg_values_supported", SigningAlgorithms())
      .AddTexts("revocation_endpoint_auth_methods_supported", methods)
      .AddTexts("revocation_endpoint_auth_signing_alg_values_supported", SigningAlgorithms())
      .AddTexts("claims_supported",
                Texts{"sub", "aud", "exp", "iat", "iss", "auth_time", "nonce", "acr", "amr", "azp",
                      "at_hash", "c_hash", "sid", "act", "scope", "client_id", "jti", "name",
                      "given_name", "family_name", "nickname", "gender", "locale",
                      "preferred_username", "updated_at", "email", "email_verified",
                      "phone_number", "phone_number_verified"})
      .AddTexts("code_challenge_methods_supported", Texts{"S256"})
      .AddTexts("prompt_values_supported",
                Texts{"none", "login", "consent", "select_account", "create"})
      .Add("claims_parameter_supported", false)
      .Add("request_parameter_supported", false)
      .Add("request_uri_parameter_supported", false)
      .Add("require_request_uri_registration", false)
      .Add("authorization_response_iss_parameter_supported", true)
      .Add("backchannel_logout_supported", true)
      .Add("backchannel_logout_session_supported", true);
  // OpenID Connect Discovery 1.0 section 4.2: what has no elements is left out.
  if (!locales.empty()) body.AddTexts("ui_locales_supported", locales);
  visit->Cached(kCache, body.Finish());
}

}  // namespace muniment::gateway
