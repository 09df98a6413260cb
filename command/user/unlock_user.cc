#include "command/user/clear_checks.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::UnlockUserRequest;
using zitadel::user::v2::UnlockUserResponse;

absl::StatusOr<UnlockUserResponse> UnlockUser(Unit& unit, const UnlockUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayBecome(*user, event::v1::UserUnlocked()));
  unit.Raise(user, event::v1::UserUnlocked());
  // Else the next wrong password would lock him out again.
  RETURN_IF_ERROR(ClearChecks(unit, user));
  return UnlockUserResponse();
}

}  // namespace muniment::command
