#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

absl::Status ParametersOnce(AuthorizeFlow& flow) {
  if (flow.request.repeated_parameter().empty()) return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest, "A parameter stands in the request twice.");
}

}  // namespace muniment::command
