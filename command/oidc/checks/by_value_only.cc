#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

absl::Status ByValueOnly(AuthorizeFlow& flow) {
  if (!flow.Param("request").empty()) {
    return OauthError(Oauth::kRequestNotSupported, "Request objects are not taken here.");
  }
  if (!flow.Param("request_uri").empty()) {
    return OauthError(Oauth::kRequestUriNotSupported, "A request_uri is not taken here.");
  }
  if (!flow.Param("registration").empty()) {
    return OauthError(Oauth::kRegistrationNotSupported, "registration is not taken here.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
