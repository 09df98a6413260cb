#include "command/org/org.h"
#include "command/policy/domain_policy.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::command {

using zitadel::settings::v2::DeleteOrganizationSettingsRequest;
using zitadel::settings::v2::DeleteOrganizationSettingsResponse;

absl::StatusOr<DeleteOrganizationSettingsResponse> DeleteOrganizationSettings(
    Unit& unit, const DeleteOrganizationSettingsRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(ChangeOrganizationSettings(unit, org.id(), std::nullopt));
  return DeleteOrganizationSettingsResponse();
}

}  // namespace muniment::command
