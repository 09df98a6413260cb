#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/admission.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// A machine that asks for itself asks in no project.
absl::Status ProjectAdmits(TokenFlow& flow) {
  if (!flow.client.has_value()) return absl::OkStatus();
  const absl::Status admitted = Admits(flow.unit, (*flow.client)->project_id, *flow.user);
  if (admitted.ok() || IsPending(admitted)) return admitted;
  // The grant came of somebody who may not sign in here any more.
  return OauthError(Oauth::kInvalidGrant, admitted.message());
}

}  // namespace muniment::command
