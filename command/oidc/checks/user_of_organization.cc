#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/scopes.h"

namespace muniment::command {

absl::Status UserOfOrganization(TokenFlow& flow) {
  ASSIGN_OR_RETURN(const bool belongs,
                   BelongsWhereAsked(flow.unit, **flow.user, flow.grant.scope()));
  if (belongs) return absl::OkStatus();
  return OauthError(Oauth::kInvalidGrant,
                    "A scope asks for an organization that the user is not of.");
}

}  // namespace muniment::command
