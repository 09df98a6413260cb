#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// Every request to authorize names one, so every request for tokens does.
absl::Status RedirectUriSame(TokenFlow& flow) {
  if (flow.Param("redirect_uri") == (*flow.auth_request)->asked.redirect_uri()) {
    return absl::OkStatus();
  }
  return OauthError(Oauth::kInvalidGrant,
                    "redirect_uri is not the one that the code was sent to.");
}

}  // namespace muniment::command
