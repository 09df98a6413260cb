#include "command/change_state.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::UnlockUserRequest;
using zitadel::user::v2::UnlockUserResponse;

absl::StatusOr<UnlockUserResponse> UnlockUser(Unit& unit, const UnlockUserRequest&) {
  return ChangeState<User, event::v1::UserUnlocked, UnlockUserResponse>(unit);
}

}  // namespace muniment::command
