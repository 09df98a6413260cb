#include "command/org/org.h"
#include "command/policy/domain_policy.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::command {

using zitadel::settings::v2::SetOrganizationSettingsRequest;
using zitadel::settings::v2::SetOrganizationSettingsResponse;

absl::StatusOr<SetOrganizationSettingsResponse> SetOrganizationSettings(
    Unit& unit, const SetOrganizationSettingsRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto settings, unit.LoadAny<OrganizationSettings>(OrgScope(org.id())));
  event::v1::OrganizationSettings wanted =
      settings->settings.value_or(event::v1::OrganizationSettings());
  if (request.has_organization_scoped_usernames()) {
    wanted.set_organization_scoped_usernames(request.organization_scoped_usernames());
  }
  RETURN_IF_ERROR(ChangeOrganizationSettings(unit, org.id(), std::move(wanted)));
  return SetOrganizationSettingsResponse();
}

}  // namespace muniment::command
