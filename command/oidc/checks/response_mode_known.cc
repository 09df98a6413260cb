#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

// Without it nobody knows how to tell the application.
absl::Status ResponseModeKnown(AuthorizeFlow& flow) {
  const absl::string_view asked = flow.Param("response_mode");
  if (asked.empty() || asked == "query" || asked == "fragment" || asked == "form_post") {
    return absl::OkStatus();
  }
  return OauthError(Oauth::kInvalidRequest, "There is no such response_mode.");
}

}  // namespace muniment::command
