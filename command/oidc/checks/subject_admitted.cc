#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"

namespace muniment::command {

// The subject as one who signs in to the application.
absl::Status SubjectAdmitted(TokenFlow& flow) {
  absl::Status admitted = UserOfOrganization(flow);
  if (admitted.ok()) admitted = ProjectAdmits(flow);
  if (!IsOauthError(admitted, Oauth::kInvalidGrant)) return admitted;
  return NotExchanged(admitted.message());
}

}  // namespace muniment::command
