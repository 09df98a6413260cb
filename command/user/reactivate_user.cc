#include "command/change_state.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::ReactivateUserRequest;
using zitadel::user::v2::ReactivateUserResponse;

absl::StatusOr<ReactivateUserResponse> ReactivateUser(Unit& unit, const ReactivateUserRequest&) {
  return ChangeState<User, event::v1::UserReactivated, ReactivateUserResponse>(unit);
}

}  // namespace muniment::command
