#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// Shown again, somebody has it who should not: what it was redeemed for ends.
absl::Status CodeOnce(TokenFlow& flow) {
  const AuthRequest& request = **flow.auth_request;
  if (request.state == AuthRequestState::kAnswered) return absl::OkStatus();
  absl::Status used = OauthError(Oauth::kInvalidGrant, "The code was redeemed already.");
  if (request.oidc_session_id.empty()) return used;
  ASSIGN_OR_RETURN(const auto family, flow.unit.LoadAny<TokenFamily>(request.oidc_session_id));
  if (!family.exists()) return used;
  event::v1::RefreshTokenRevoked revoked;
  revoked.set_reason(event::v1::REVOCATION_REASON_CODE_REUSE);
  flow.unit.Raise(family, std::move(revoked));
  return flow.unit.Refuse(std::move(used));
}

}  // namespace muniment::command
