#include "base/error.h"
#include "base/oidc_scope.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// Of an access token no more than it was given for; of another proof what is asked for. Nothing is
// refreshed: who comes back shows the subject's token again.
absl::Status ExchangeScope(TokenFlow& flow) {
  if (flow.scope_given) {
    RETURN_IF_ERROR(ScopeNotWider(flow));
  } else {
    ASSIGN_OR_RETURN(flow.scope, ParseScopes(flow.Param("scope")));
  }
  std::erase(flow.scope, kOfflineScope);
  flow.grant.mutable_scope()->Assign(flow.scope.begin(), flow.scope.end());
  return absl::OkStatus();
}

}  // namespace muniment::command
