#include "base/error.h"
#include "base/oidc_scope.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// What a machine asks for in the request itself.
absl::Status ScopeKnown(TokenFlow& flow) {
  ASSIGN_OR_RETURN(flow.scope, ParseScopes(flow.Param("scope")));
  // Whoever is not there needs nobody's consent to come back: nothing is refreshed.
  std::erase(flow.scope, kOfflineScope);
  flow.grant.mutable_scope()->Assign(flow.scope.begin(), flow.scope.end());
  return absl::OkStatus();
}

}  // namespace muniment::command
