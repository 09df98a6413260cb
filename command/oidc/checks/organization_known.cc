#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "command/oidc/authorize_flow.h"
#include "command/oidc/scopes.h"
#include "command/org/org.h"

namespace muniment::command {

absl::Status OrganizationKnown(AuthorizeFlow& flow) {
  const absl::Status unknown =
      OauthError(Oauth::kInvalidScope, "The scope names an organization that is not there.");
  for (const std::string& scope : flow.asked.scope()) {
    ASSIGN_OR_RETURN(const std::string id, OrganizationAsked(flow.unit, scope));
    if (id.empty() && RequiredDomain(scope).has_value()) return unknown;
    if (id.empty()) continue;
    ASSIGN_OR_RETURN(const auto org, flow.unit.LoadAny<Org>(id));
    if (!org->active()) return unknown;
    if (!flow.asked.required_organization_id().empty() &&
        flow.asked.required_organization_id() != id) {
      return OauthError(Oauth::kInvalidScope, "The scope names two organizations.");
    }
    flow.asked.set_required_organization_id(id);
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
