#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_audience.h"
#include "base/timestamp.h"
#include "command/oidc/flow.h"
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

// What an answer takes beside its scope and audience.
constexpr size_t kCommonBytes = 1024;

absl::StatusOr<std::string> Describe(const Visit& visit, projections::View& view,
                                     const LiveToken& live, const Scopes& scopes,
                                     const Application& api) {
  const auto& family = live.family.added();
  JsonObject claims;
  claims.Reserve(kCommonBytes + 2 * live.scope().size())
      .Add("active", true)
      .Add("iss", family.issuer())
      .Add("sub", live.user.id())
      .AddTexts("aud", AudienceOf(visit.owners(), visit.instance, live.family.id(), family,
                                    scopes))
      .Add("exp", ToTime(live.token.expiration()))
      .Add("iat", ToTime(live.token.added()))
      .Add("nbf", ToTime(live.token.added()))
      .Add("jti", JwtIdOf({live.family.id(), live.token.id()}))
      .Add("client_id", family.client_id())
      .Add("token_type", "Bearer")
      .Add("scope", live.scope())
      .AddSet("username", visit.owners().PreferredLoginName(
                              visit.instance, live.user.organization_id(), live.user.username()));
  AddActors(family, &claims);
  // Roles are told as the one who asks has them.
  RETURN_IF_ERROR(AddUserClaims({.view = view,
                                 .owners = visit.owners(),
                                 .instance = visit.instance,
                                 .user = live.user,
                                 .scope = scopes,
                                 .project_id = api.project_id(),
                                 .projects = ProjectsAsked(scopes)},
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

// A request on its way through the table of checks.
struct Asked {
  const Visit& visit;
  projections::View view;
  std::shared_ptr<const Application> api;
  std::string token;
};

absl::Status ClientProved(Asked& asked) {
  ASSIGN_OR_RETURN(asked.api, ReadingClient(asked.visit, asked.view));
  return absl::OkStatus();
}

// Whoever knows its id could ask about every token that he comes upon.
absl::Status ClientHasProof(Asked& asked) {
  if (asked.api->type() != row::v1::APPLICATION_TYPE_OIDC ||
      asked.api->oidc().auth_method() != event::v1::OIDC_AUTH_METHOD_NONE) {
    return absl::OkStatus();
  }
  return OauthError(Oauth::kInvalidClient, "A client without a secret may not ask.");
}

absl::Status TokenGiven(Asked& asked) {
  asked.token = std::string(asked.visit.Param("token"));
  if (!asked.token.empty()) return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest, "The token is missing.");
}

constexpr command::Step<Asked> kSteps[] = {
    {"client_proved", "RFC 7662 section 2.1", &ClientProved},
    {"client_has_proof", "RFC 7662 section 4", &ClientHasProof},
    {"token_given", "RFC 7662 section 2.1", &TokenGiven},
};

absl::StatusOr<std::string> Tell(const Visit& visit, projections::View& view,
                                 const std::string& token, const Application& api) {
  const auto place = PlaceOfToken(*visit.ports->sealed, *visit.ports->signer, visit.instance,
                                  token, visit.began);
  if (!place.has_value()) return DescribePersonal(visit, view, token, api);
  const auto live = FindLiveToken(view, visit.owners(), visit.instance, *place, visit.began);
  if (IsOauthError(live.status(), Oauth::kInvalidToken)) return std::string(kInactive);
  RETURN_IF_ERROR(live.status());
  const Scopes scopes = live->scopes();
  if (!IsAddressedTo(live->family.added(), scopes, api.project_id(), api.client_id())) {
    return std::string(kInactive);
  }
  return Describe(visit, view, *live, scopes, api);
}

absl::StatusOr<std::string> Answer(const Visit& visit) {
  Asked asked{.visit = visit, .view = visit.ports->database->Read(), .api = nullptr, .token = {}};
  absl::Status status = command::RunSteps<Asked>(kSteps, asked);
  if (status.ok()) return Tell(visit, asked.view, asked.token, *asked.api);
  if (asked.api != nullptr) SetInDevelopment(*asked.api, status);
  return status;
}

}  // namespace

void Introspect(const VisitPtr& visit) {
  auto answer = Answer(*visit);
  if (!answer.ok()) return visit->Refuse(answer.status());
  visit->Json(200, *std::move(answer));
}

std::vector<std::string> IntrospectChecks() { return command::LinesOf<Asked>(kSteps); }

}  // namespace muniment::gateway
