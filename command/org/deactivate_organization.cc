#include "command/change_state.h"
#include "command/instance/owners.h"
#include "command/org/state.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::DeactivateOrganizationRequest;
using zitadel::org::v2::DeactivateOrganizationResponse;

absl::StatusOr<DeactivateOrganizationResponse> DeactivateOrganization(
    Unit& unit, const DeactivateOrganizationRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(KeepsAnOwner(unit, {.organization_id = org.id()}));
  return ChangeState<Org, event::v1::OrgDeactivated, DeactivateOrganizationResponse>(unit);
}

}  // namespace muniment::command
