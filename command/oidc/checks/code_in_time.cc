#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status CodeInTime(TokenFlow& flow) {
  if (flow.unit.Now() < (*flow.auth_request)->code_expiration) return absl::OkStatus();
  return OauthError(Oauth::kInvalidGrant, "The code is over.");
}

}  // namespace muniment::command
