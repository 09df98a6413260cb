#include "command/change_state.h"
#include "command/management/user_grant.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::ReactivateUserGrantRequest;
using zitadel::management::v1::ReactivateUserGrantResponse;

absl::StatusOr<ReactivateUserGrantResponse> ReactivateUserGrant(
    Unit& unit, const ReactivateUserGrantRequest& request) {
  RETURN_IF_ERROR(LoadGrantOf(unit, request.user_id()).status());
  return ChangeState<UserGrant, event::v1::UserGrantReactivated, ReactivateUserGrantResponse>(unit);
}

}  // namespace muniment::command
