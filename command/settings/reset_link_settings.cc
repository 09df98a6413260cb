#include "base/links.h"
#include "command/policy/policies.h"
#include "command/settings/link_scope.h"

namespace muniment::command {

using zitadel::settings::v2::ResetLinkSettingsRequest;
using zitadel::settings::v2::ResetLinkSettingsResponse;

absl::StatusOr<ResetLinkSettingsResponse> ResetLinkSettings(
    Unit& unit, const ResetLinkSettingsRequest& request) {
  ASSIGN_OR_RETURN(const Scope scope, LinkScope(unit, request.ctx()));
  if (scope.aggregate == AGGREGATE_INSTANCE) {
    api::policy::v1::Policy none;
    none.mutable_links();
    RETURN_IF_ERROR(SetPolicy(unit, scope, {.policy = none}));
  } else {
    RETURN_IF_ERROR(ResetPolicy(unit, scope.id, api::policy::v1::POLICY_TYPE_LINKS));
  }
  ASSIGN_OR_RETURN(const auto common, unit.Policy<PrivacyPolicy>(""));
  ResetLinkSettingsResponse response;
  *response.mutable_settings() = LinksOf(common->policy);
  return response;
}

}  // namespace muniment::command
