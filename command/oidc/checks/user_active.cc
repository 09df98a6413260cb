#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/user/state.h"

namespace muniment::command {

absl::Status UserActive(TokenFlow& flow) {
  ASSIGN_OR_RETURN(const bool active, IsActive(flow.unit, **flow.user));
  if (active) return absl::OkStatus();
  return OauthError(Oauth::kInvalidGrant, "The user, or the organization, is not active.");
}

}  // namespace muniment::command
