#include "base/error.h"
#include "base/oidc_scope.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// Of a token no more than it was given for; of another proof what is asked for. Nothing is refreshed, for
// who comes back shows the subject's token again; and nothing is for the platform's own interface.
absl::Status ExchangeScope(TokenFlow& flow) {
  if (flow.scope_given) {
    RETURN_IF_ERROR(ScopeNotWider(flow));
  } else {
    ASSIGN_OR_RETURN(flow.scope, ParseScopes(flow.Param("scope")));
  }
  std::erase_if(flow.scope, [&flow](const std::string& scope) {
    const auto project = ProjectAudience(scope);
    return scope == kOfflineScope || project == kPlatformProject ||
           project == flow.unit.instance_id();
  });
  flow.grant.mutable_scope()->Assign(flow.scope.begin(), flow.scope.end());
  return absl::OkStatus();
}

}  // namespace muniment::command
