#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/revoke.h"

namespace muniment::command {

// Shown again, somebody has it who should not: what it was redeemed for ends.
absl::Status CodeOnce(TokenFlow& flow) {
  const AuthRequest& request = **flow.auth_request;
  if (request.state == AuthRequestState::kAnswered) return absl::OkStatus();
  return RefuseReuse(flow.unit, request.oidc_session_id,
                     OauthError(Oauth::kInvalidGrant, "The code was redeemed already."));
}

}  // namespace muniment::command
