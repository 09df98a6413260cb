#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status DeviceOfClient(TokenFlow& flow) {
  if ((*flow.device)->asked.client_id() == (*flow.client)->client_id) return absl::OkStatus();
  return OauthError(Oauth::kInvalidGrant, "The device_code was given to another client.");
}

}  // namespace muniment::command
