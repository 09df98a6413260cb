#include "command/user/clear_checks.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::ReactivateUserRequest;
using zitadel::user::v2::ReactivateUserResponse;

absl::StatusOr<ReactivateUserResponse> ReactivateUser(Unit& unit, const ReactivateUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayBecome(*user, event::v1::UserReactivated()));
  unit.Raise(user, event::v1::UserReactivated());
  // Else the next wrong password would lock him out again.
  RETURN_IF_ERROR(ClearChecks(unit, user));
  return ReactivateUserResponse();
}

}  // namespace muniment::command
