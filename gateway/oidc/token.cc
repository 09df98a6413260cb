#include "command/oidc/token.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/issued_tokens.h"
#include "gateway/oidc/json_object.h"

namespace muniment::gateway {
namespace {

// RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3.
void Hand(const Visit& visit, const oidc::v1::Issued& issued) {
  const auto tokens = MakeTokens(visit, issued);
  if (!tokens.ok()) return visit.Refuse(tokens.status());
  JsonObject body;
  body.Add("access_token", tokens->access)
      .Add("token_type", "Bearer")
      .Add("expires_in", absl::ToInt64Seconds(ToTime(issued.access_expiration()) -
                                              ToTime(issued.issued_at())))
      .AddSet("refresh_token", tokens->refresh)
      .AddSet("id_token", tokens->id)
      .AddSet("issued_token_type", issued.issued_token_type());
  // Said where it is another than what was asked for, and where nothing was: so always.
  body.Add("scope", absl::StrJoin(issued.scope(), " "));
  visit.Json(200, body.Finish());
}

}  // namespace

void Token(const VisitPtr& visit) {
  const absl::string_view device = visit->Param("device_code");
  if (!device.empty() && !visit->ports->devices->Allow(device, visit->began)) {
    return visit->Refuse(OauthError(Oauth::kSlowDown, "The device asks too often."));
  }
  const absl::string_view refresh = visit->Param("refresh_token");
  if (!refresh.empty()) {
    const auto opened = visit->ports->sealed->Open(TokenSort::kRefresh, refresh, visit->began);
    if (opened.has_value()) *visit->request.mutable_refresh_token() = *opened;
  }
  // What is stored and cannot be answered is lost to whoever asked.
  const auto signs = visit->ports->signer->Algorithm(visit->instance);
  if (!signs.ok()) return visit->Refuse(signs.status());
  visit->Run(command::GrantTokensHandler(), [visit](absl::StatusOr<command::CommandAnswer> answer) {
    if (!answer.ok()) return visit->Refuse(answer.status());
    const std::shared_ptr<const google::protobuf::Message> kept(std::move(answer->response));
    const auto& issued = static_cast<const oidc::v1::Issued&>(*kept);
    if (!TakesSignature(issued)) return Hand(*visit, issued);
    visit->Aside([visit, kept] { Hand(*visit, static_cast<const oidc::v1::Issued&>(*kept)); });
  });
}

}  // namespace muniment::gateway
