#include "gateway/oidc/issued_tokens.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/amr.h"
#include "base/error.h"
#include "base/oidc_scope.h"
#include "base/timestamp.h"
#include "gateway/oidc/claims.h"
#include "gateway/oidc/live_token.h"

namespace muniment::gateway {
namespace {

using oidc::v1::Issued;

// Of the user and the application, as they are now.
struct About {
  projections::View view;
  Scopes scope;  // of what is issued
  row::v1::User user;
  std::shared_ptr<const row::v1::Application> client;

  // As the application has it; of a machine's own as the project says.
  ClaimsWanted::Unasked UnaskedRoles(bool (event::v1::OidcConfig::*asserted)() const) const {
    using Unasked = ClaimsWanted::Unasked;
    if (client == nullptr) return Unasked::kAsserted;
    return (client->oidc().*asserted)() ? Unasked::kAll : Unasked::kNone;
  }
  // What its clock may be off, either way.
  absl::Duration ClockSkew() const {
    return client == nullptr ? absl::ZeroDuration() : ToDuration(client->oidc().clock_skew());
  }

  ClaimsAbout Claims(const Visit& visit, const Issued& issued) {
    const auto& family = issued.family();
    return {.view = view,
            .owners = visit.owners(),
            .instance = visit.instance,
            .user = user,
            .scope = scope,
            .project_id = family.project_id(),
            .projects = ProjectsAsked(scope)};
  }
};

absl::StatusOr<About> Read(const Visit& visit, const Issued& issued) {
  About about{.view = visit.ports->database->Read(),
              .scope = {issued.scope().begin(), issued.scope().end()},
              .user = {},
              .client = nullptr};
  ASSIGN_OR_RETURN(auto user, about.view.Get<row::v1::User>(visit.instance,
                                                            {issued.family().user_id()}));
  if (user.has_value()) about.user = *std::move(user);
  about.client = visit.owners().clients().Find(visit.instance, issued.family().client_id());
  return about;
}

std::string Seal(const Visit& visit, const Issued& issued, TokenSort sort) {
  const bool access = sort == TokenSort::kAccess;
  const auto content =
      ContentOf(visit.instance, {issued.family_id(),
                                 access ? issued.access_token_id() : issued.refresh_token_id()});
  return visit.ports->sealed->Seal(
      sort, content, ToTime(access ? issued.access_expiration() : issued.refresh_expiration()));
}

JsonObject CommonClaims(const Visit& visit, const Issued& issued, const About& about) {
  const auto& family = issued.family();
  JsonObject claims;
  claims.Add("iss", family.issuer())
      .Add("sub", family.user_id())
      .AddTexts("aud", AudienceOf(visit.owners(), visit.instance, issued.family_id(), family,
                                    about.scope))
      .Add("iat", ToTime(issued.issued_at()) - about.ClockSkew());
  AddActors(family, &claims);
  return claims;
}

// RFC 9068 section 2.2.
absl::StatusOr<std::string> SignAccess(const Visit& visit, const Issued& issued, About& about) {
  JsonObject claims = CommonClaims(visit, issued, about);
  claims.Add("exp", ToTime(issued.access_expiration()) + about.ClockSkew())
      .Add("nbf", ToTime(issued.issued_at()) - about.ClockSkew())
      .Add("jti", JwtIdOf({issued.family_id(), issued.access_token_id()}))
      .Add("client_id", issued.family().client_id())
      .AddSet("scope", absl::StrJoin(issued.scope(), " "));
  RETURN_IF_ERROR(AddUserClaims(
      about.Claims(visit, issued),
      {.profile = false,
       .unasked_roles = about.UnaskedRoles(&event::v1::OidcConfig::access_token_role_assertion)},
      &claims));
  return visit.ports->signer->Sign(visit.instance, "at+jwt", claims.Finish());
}

// OpenID Connect Core sections 2, 3.1.3.6 and 3.3.2.11.
absl::StatusOr<std::string> SignId(const Visit& visit, const Issued& issued, About& about,
                                   const IssuedTokens& others, const std::string& code) {
  ASSIGN_OR_RETURN(const JwsAlgorithm algorithm,
                   visit.ports->signer->Algorithm(visit.instance));
  const auto& family = issued.family();
  JsonObject claims = CommonClaims(visit, issued, about);
  claims.Add("azp", family.client_id())
      .Add("exp", ToTime(issued.issued_at()) + ToDuration(issued.id_token_lifetime()) +
                      about.ClockSkew())
      // Which family it is of, for who exchanges it.
      .Add("jti", JwtIdOf({issued.family_id(),
                           absl::StrCat("id", absl::ToUnixMicros(ToTime(issued.issued_at())))}))
      .AddSet("nonce", issued.nonce())
      .AddSet("sid", family.session_id());
  // Nobody signed in for whom somebody acts.
  if (family.has_auth_time()) {
    claims.Add("auth_time", ToTime(family.auth_time()) - about.ClockSkew())
        .Add("acr", AcrOf(family.amr()));
  }
  std::vector<absl::string_view> methods;
  for (const int method : family.amr()) {
    methods.push_back(NameOf(static_cast<event::v1::AuthenticationMethod>(method)));
  }
  claims.AddTexts("amr", methods);
  if (!others.access.empty()) claims.Add("at_hash", HalfHash(algorithm, others.access));
  if (!code.empty()) claims.Add("c_hash", HalfHash(algorithm, code));
  const bool alone = others.access.empty();
  const bool profile = alone || (about.client != nullptr &&
                                 about.client->oidc().id_token_userinfo_assertion());
  RETURN_IF_ERROR(AddUserClaims(
      about.Claims(visit, issued),
      {.profile = profile,
       .unasked_roles = about.UnaskedRoles(&event::v1::OidcConfig::id_token_role_assertion)},
      &claims));
  return visit.ports->signer->Sign(visit.instance, "JWT", claims.Finish());
}

}  // namespace

bool TakesSignature(const Issued& issued) {
  return issued.has_id_token_lifetime() ||
         issued.access_type() == event::v1::OIDC_TOKEN_TYPE_JWT;
}

absl::StatusOr<IssuedTokens> MakeTokens(const Visit& visit, const Issued& issued,
                                        const std::string& code) {
  IssuedTokens tokens;
  if (!issued.refresh_token_id().empty()) tokens.refresh = Seal(visit, issued, TokenSort::kRefresh);
  const bool access = !issued.access_token_id().empty();
  const bool sealed = issued.access_type() != event::v1::OIDC_TOKEN_TYPE_JWT;
  if (access && sealed) tokens.access = Seal(visit, issued, TokenSort::kAccess);
  if (!TakesSignature(issued)) return tokens;
  ASSIGN_OR_RETURN(About about, Read(visit, issued));
  if (access && !sealed) {
    ASSIGN_OR_RETURN(tokens.access, SignAccess(visit, issued, about));
  }
  if (issued.has_id_token_lifetime()) {
    ASSIGN_OR_RETURN(tokens.id, SignId(visit, issued, about, tokens, code));
  }
  return tokens;
}

}  // namespace muniment::gateway
