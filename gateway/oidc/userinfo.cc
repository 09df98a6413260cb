#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "command/oidc/flow.h"
#include "gateway/oidc/claims.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/json_object.h"
#include "gateway/oidc/live_token.h"
#include "gateway/oidc/reading_client.h"

namespace muniment::gateway {
namespace {

absl::Status DoesNotCount() {
  return OauthError(Oauth::kInvalidToken, "The token does not count.");
}

absl::StatusOr<std::string> AboutPersonal(const Visit& visit, projections::View& view,
                                          absl::string_view token) {
  ASSIGN_OR_RETURN(const auto live, FindPersonalToken(view, visit.owners(), visit.instance, token,
                                                      visit.began));
  if (!live.has_value()) return DoesNotCount();
  JsonObject claims;
  claims.Add("sub", live->user.id());
  RETURN_IF_ERROR(AddUserClaims({.view = view,
                                 .owners = visit.owners(),
                                 .instance = visit.instance,
                                 .user = live->user,
                                 .scope = PersonalScope(),
                                 .project_id = "",
                                 .projects = {}},
                                {}, &claims));
  return claims.Finish();
}

// A request on its way through the table of checks.
struct Asked {
  const Visit& visit;
  projections::View view;
  std::string token;
  // Of a token that is no personal one.
  std::optional<TokenPlace> place;
  std::optional<LiveToken> live;
};

// In the header or, of a form, in its body; not in the URL, which servers log (RFC 9700 section 2.4).
absl::Status TokenOnce(Asked& asked) {
  const bool form = asked.visit.exchange->request().method == "POST";
  const absl::string_view bearer = asked.visit.Bearer();
  const absl::string_view posted = form ? asked.visit.Param("access_token") : "";
  asked.token = std::string(bearer.empty() ? posted : bearer);
  if (bearer.empty() || posted.empty()) return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest, "The token is shown in two ways.");
}

absl::Status TokenShown(Asked& asked) {
  if (!asked.token.empty()) return absl::OkStatus();
  return OauthError(Oauth::kInvalidToken, "This takes an access token.");
}

absl::Status TokenLives(Asked& asked) {
  const Visit& visit = asked.visit;
  asked.place = PlaceOfToken(*visit.ports->sealed, *visit.ports->signer, visit.instance,
                             asked.token, visit.began);
  if (!asked.place.has_value()) return absl::OkStatus();
  auto live = FindLiveToken(asked.view, visit.owners(), visit.instance, *asked.place, visit.began);
  if (live.ok()) {
    asked.live = *std::move(live);
    return absl::OkStatus();
  }
  // Why it ended is the operator's to know.
  if (!IsOauthError(live.status(), Oauth::kInvalidToken)) return live.status();
  return DoesNotCount();
}

absl::Status ScopeOpenId(Asked& asked) {
  if (!asked.live.has_value()) return absl::OkStatus();
  const Scopes scope = asked.live->scopes();
  if (std::find(scope.begin(), scope.end(), kOpenIdScope) != scope.end()) return absl::OkStatus();
  return OauthError(Oauth::kInsufficientScope, "The token was not given the scope openid.");
}

constexpr command::Step<Asked> kSteps[] = {
    {"token_once", "RFC 6750 section 2", &TokenOnce},
    {"token_shown", "RFC 6750 section 3.1", &TokenShown},
    {"token_lives", "RFC 6750 section 3.1", &TokenLives},
    {"scope_openid", "OpenID Connect Core section 5.3.1", &ScopeOpenId},
};

absl::StatusOr<std::string> About(Asked& asked) {
  const Visit& visit = asked.visit;
  if (!asked.live.has_value()) return AboutPersonal(visit, asked.view, asked.token);
  const Scopes scopes = asked.live->scopes();
  JsonObject claims;
  claims.Add("sub", asked.live->user.id());
  RETURN_IF_ERROR(AddUserClaims({.view = asked.view,
                                 .owners = visit.owners(),
                                 .instance = visit.instance,
                                 .user = asked.live->user,
                                 .scope = scopes,
                                 .project_id = asked.live->family.added().project_id(),
                                 .projects = ProjectsAsked(scopes)},
                                {}, &claims));
  return claims.Finish();
}

}  // namespace

void Userinfo(const VisitPtr& visit) {
  Asked asked{.visit = *visit, .view = visit->ports->database->Read(), .token = {},
              .place = std::nullopt, .live = std::nullopt};
  absl::Status status = command::RunSteps<Asked>(kSteps, asked);
  auto claims = status.ok() ? About(asked) : absl::StatusOr<std::string>(status);
  if (claims.ok()) return visit->Json(200, *std::move(claims));
  status = claims.status();
  if (asked.live.has_value() && asked.live->client != nullptr) {
    SetInDevelopment(*asked.live->client, status);
  }
  visit->RefuseBearer(status, !asked.token.empty());
}

std::vector<std::string> UserinfoChecks() { return command::LinesOf<Asked>(kSteps); }

}  // namespace muniment::gateway
