#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

// What it holds was read before (Request.hint_user_id).
absl::Status HintIsOurs(AuthorizeFlow& flow) {
  if (flow.Param("id_token_hint").empty()) return absl::OkStatus();
  if (flow.request.hint_user_id().empty()) {
    return OauthError(Oauth::kInvalidRequest, "id_token_hint is no ID token of this issuer.");
  }
  flow.asked.set_hint_user_id(flow.request.hint_user_id());
  return absl::OkStatus();
}

}  // namespace muniment::command
