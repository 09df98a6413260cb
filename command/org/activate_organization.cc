#include "command/change_state.h"
#include "command/org/state.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::ActivateOrganizationRequest;
using zitadel::org::v2::ActivateOrganizationResponse;

absl::StatusOr<ActivateOrganizationResponse> ActivateOrganization(
    Unit& unit, const ActivateOrganizationRequest&) {
  return ChangeState<Org, event::v1::OrgReactivated, ActivateOrganizationResponse>(unit);
}

}  // namespace muniment::command
