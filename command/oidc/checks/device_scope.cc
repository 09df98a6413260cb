#include "base/error.h"
#include "base/oidc_scope.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// A device may come back without its user: it asks for offline_access as a code does.
absl::Status DeviceScope(TokenFlow& flow) {
  ASSIGN_OR_RETURN(flow.scope, ParseAskedScopes(flow.Param("scope")));
  flow.grant.mutable_scope()->Assign(flow.scope.begin(), flow.scope.end());
  return absl::OkStatus();
}

}  // namespace muniment::command
