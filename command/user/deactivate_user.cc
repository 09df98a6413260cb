#include "command/change_state.h"
#include "command/member/org_owners.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::DeactivateUserRequest;
using zitadel::user::v2::DeactivateUserResponse;

absl::StatusOr<DeactivateUserResponse> DeactivateUser(Unit& unit, const DeactivateUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(KeepsOwnersWithout(unit, user));
  return ChangeState<User, event::v1::UserDeactivated, DeactivateUserResponse>(unit);
}

}  // namespace muniment::command
