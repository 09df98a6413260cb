#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status RefreshTokenOfClient(TokenFlow& flow) {
  if ((*flow.family)->grant.client_id() == (*flow.client)->client_id) return absl::OkStatus();
  return OauthError(Oauth::kInvalidGrant, "The refresh token was given to another client.");
}

}  // namespace muniment::command
