#include <string>

#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "gateway/oidc/claims.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/json_object.h"
#include "gateway/oidc/live_token.h"

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

absl::StatusOr<std::string> About(const Visit& visit, absl::string_view token) {
  const auto place = PlaceOfToken(*visit.ports->sealed, *visit.ports->signer, visit.instance,
                                  token, visit.began);
  projections::View view = visit.ports->database->Read();
  if (!place.has_value()) return AboutPersonal(visit, view, token);
  const auto live = FindLiveToken(view, visit.owners(), visit.instance, *place, visit.began);
  if (!live.ok()) {
    // Why it ended is the operator's to know.
    if (!IsOauthError(live.status(), Oauth::kInvalidToken)) return live.status();
    return DoesNotCount();
  }
  const auto& scope = live->scope();
  if (std::find(scope.begin(), scope.end(), kOpenIdScope) == scope.end()) {
    return OauthError(Oauth::kInsufficientScope, "The token was not given the scope openid.");
  }
  const auto& added = live->family.added();
  JsonObject claims;
  claims.Add("sub", live->user.id());
  RETURN_IF_ERROR(AddUserClaims({.view = view,
                                 .owners = visit.owners(),
                                 .instance = visit.instance,
                                 .user = live->user,
                                 .scope = scope,
                                 .project_id = added.project_id(),
                                 .projects = ProjectsAsked(scope)},
                                {}, &claims));
  return claims.Finish();
}

}  // namespace

// The token stands in the header or, of a form, in its body; not in the URL, which servers log (RFC 9700
// section 2.4).
void Userinfo(const VisitPtr& visit) {
  const bool form = visit->exchange->request().method == "POST";
  absl::string_view token = visit->Bearer();
  const absl::string_view posted = form ? visit->Param("access_token") : "";
  if (!token.empty() && !posted.empty()) {
    return visit->RefuseBearer(
        OauthError(Oauth::kInvalidRequest, "The token is shown in two ways."));
  }
  if (token.empty()) token = posted;
  if (token.empty()) {
    return visit->RefuseBearer(OauthError(Oauth::kInvalidToken, "This takes an access token."),
                               false);
  }
  auto claims = About(*visit, token);
  if (!claims.ok()) return visit->RefuseBearer(claims.status());
  visit->Json(200, *std::move(claims));
}

}  // namespace muniment::gateway
