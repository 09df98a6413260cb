#include "base/links.h"
#include "command/policy/policies.h"
#include "command/settings/link_scope.h"

namespace muniment::command {

using zitadel::settings::v2::SetLinkSettingsRequest;
using zitadel::settings::v2::SetLinkSettingsResponse;

absl::StatusOr<SetLinkSettingsResponse> SetLinkSettings(Unit& unit,
                                                        const SetLinkSettingsRequest& request) {
  ASSIGN_OR_RETURN(const Scope scope, LinkScope(unit, request.ctx()));
  api::policy::v1::Policy policy;
  *policy.mutable_links() = PolicyOf(request.links());
  RETURN_IF_ERROR(SetPolicy(unit, scope, {.policy = policy}));
  SetLinkSettingsResponse response;
  *response.mutable_settings() = LinksOf(policy.links());
  return response;
}

}  // namespace muniment::command
