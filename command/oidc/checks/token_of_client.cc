#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status TokenOfClient(TokenFlow& flow) {
  if (flow.Param("token").empty()) {
    return OauthError(Oauth::kInvalidRequest, "The token is missing.");
  }
  const oidc::v1::SealedToken& shown = flow.request.has_refresh_token()
                                           ? flow.request.refresh_token()
                                           : flow.request.access_token();
  if (shown.family_id().empty() || shown.instance() != flow.unit.instance()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(flow.family, flow.unit.LoadAny<TokenFamily>(shown.family_id()));
  if (!flow.family->exists()) return absl::OkStatus();
  const event::v1::OidcSessionAdded& grant = (*flow.family)->grant;
  const bool own = flow.client.has_value()
                       ? grant.client_id() == (*flow.client)->client_id
                       : grant.application_id().empty() && grant.user_id() == flow.user->id();
  if (own) return absl::OkStatus();
  return OauthError(Oauth::kUnauthorizedClient, "The token was given to another client.");
}

}  // namespace muniment::command
