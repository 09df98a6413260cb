#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_audience.h"
#include "base/timestamp.h"
#include "gateway/oidc/claims.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/json_object.h"
#include "gateway/oidc/live_token.h"
#include "gateway/oidc/reading_client.h"

namespace muniment::gateway {
namespace {

using row::v1::Application;

// All that a stranger learns of a token (RFC 7662 section 2.2).
constexpr char kInactive[] = R"({"active":false})";

absl::StatusOr<std::string> Describe(const Visit& visit, projections::View& view,
                                     const LiveToken& live, const Application& api) {
  const auto& family = live.family.added();
  JsonObject claims;
  claims.Add("active", true)
      .Add("iss", family.issuer())
      .Add("sub", live.user.id())
      .AddTexts("aud", AudienceOf(visit.owners(), visit.instance, live.family.id(), family,
                                    live.scope()))
      .Add("exp", ToTime(live.token.expiration()))
      .Add("iat", ToTime(live.token.added()))
      .Add("nbf", ToTime(live.token.added()))
      .Add("jti", JwtIdOf({live.family.id(), live.token.id()}))
      .Add("client_id", family.client_id())
      .Add("token_type", "Bearer")
      .Add("scope", absl::StrJoin(live.scope(), " "))
      .AddSet("username", visit.owners().PreferredLoginName(
                              visit.instance, live.user.organization_id(), live.user.username()));
  AddActors(family, &claims);
  // Roles are told as the one who asks has them.
  RETURN_IF_ERROR(AddUserClaims({.view = view,
                                 .owners = visit.owners(),
                                 .instance = visit.instance,
                                 .user = live.user,
                                 .scope = live.scope(),
                                 .project_id = api.project_id(),
                                 .projects = ProjectsAsked(live.scope())},
                                {}, &claims));
  return claims.Finish();
}

// A personal access token counts wherever its user has something to do, so every API of the instance
// may ask about it.
absl::StatusOr<std::string> DescribePersonal(const Visit& visit, projections::View& view,
                                             absl::string_view token, const Application& api) {
  ASSIGN_OR_RETURN(const auto live, FindPersonalToken(view, visit.owners(), visit.instance, token,
                                                      visit.began));
  if (!live.has_value()) return std::string(kInactive);
  const auto& [row, user] = *live;
  const auto& scope = PersonalScope();
  JsonObject claims;
  claims.Add("active", true)
      .Add("iss", visit.issuer)
      .Add("sub", user.id())
      .AddTexts("aud", std::vector<std::string>{api.client_id(), api.project_id()})
      .Add("iat", ToTime(row.stamp().created()))
      .Add("nbf", ToTime(row.stamp().created()))
      .Add("jti", row.id())
      .Add("token_type", "Bearer")
      .Add("scope", absl::StrJoin(scope, " "))
      .AddSet("username",
              visit.owners().PreferredLoginName(visit.instance, user.organization_id(),
                                                user.username()));
  if (row.has_expiration()) claims.Add("exp", ToTime(row.expiration()));
  RETURN_IF_ERROR(AddUserClaims({.view = view,
                                 .owners = visit.owners(),
                                 .instance = visit.instance,
                                 .user = user,
                                 .scope = scope,
                                 .project_id = api.project_id(),
                                 .projects = {api.project_id()}},
                                {}, &claims));
  return claims.Finish();
}

absl::StatusOr<std::string> Answer(const Visit& visit) {
  projections::View view = visit.ports->database->Read();
  ASSIGN_OR_RETURN(const auto api, ReadingClient(visit, view));
  if (api->type() == row::v1::APPLICATION_TYPE_OIDC &&
      api->oidc().auth_method() == event::v1::OIDC_AUTH_METHOD_NONE) {
    return OauthError(Oauth::kInvalidClient, "A client without a secret may not ask.");
  }
  const absl::string_view token = visit.Param("token");
  if (token.empty()) return OauthError(Oauth::kInvalidRequest, "The token is missing.");
  const auto place = PlaceOfToken(*visit.ports->sealed, *visit.ports->signer, visit.instance,
                                  token, visit.began);
  if (!place.has_value()) return DescribePersonal(visit, view, token, *api);
  const auto live = FindLiveToken(view, visit.owners(), visit.instance, *place, visit.began);
  if (IsOauthError(live.status(), Oauth::kInvalidToken)) return std::string(kInactive);
  RETURN_IF_ERROR(live.status());
  if (!IsAddressedTo(live->family.added(), live->scope(), api->project_id(), api->client_id())) {
    return std::string(kInactive);
  }
  return Describe(visit, view, *live, *api);
}

}  // namespace

void Introspect(const VisitPtr& visit) {
  auto answer = Answer(*visit);
  if (!answer.ok()) return visit->Refuse(answer.status());
  visit->Json(200, *std::move(answer));
}

}  // namespace muniment::gateway
