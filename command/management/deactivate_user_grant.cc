#include "command/change_state.h"
#include "command/management/user_grant.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::DeactivateUserGrantRequest;
using zitadel::management::v1::DeactivateUserGrantResponse;

absl::StatusOr<DeactivateUserGrantResponse> DeactivateUserGrant(
    Unit& unit, const DeactivateUserGrantRequest& request) {
  RETURN_IF_ERROR(LoadGrantOf(unit, request.user_id()).status());
  return ChangeState<UserGrant, event::v1::UserGrantDeactivated, DeactivateUserGrantResponse>(unit);
}

}  // namespace muniment::command
