#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status CodeOfClient(TokenFlow& flow) {
  const event::v1::AuthRequestAdded& asked = (*flow.auth_request)->asked;
  // What answers a browser with tokens is no code for a client.
  if (asked.client_id() == (*flow.client)->client_id &&
      asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE) {
    return absl::OkStatus();
  }
  return OauthError(Oauth::kInvalidGrant, "The code was given to another client.");
}

}  // namespace muniment::command
