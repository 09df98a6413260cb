#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status RefreshTokenInTime(TokenFlow& flow) {
  if ((*flow.family)->Refreshable(flow.unit.Now())) return absl::OkStatus();
  return OauthError(Oauth::kInvalidGrant, "The refresh token is over.");
}

}  // namespace muniment::command
