#include "command/user/addresses.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemovePhoneRequest;
using zitadel::user::v2::RemovePhoneResponse;

absl::StatusOr<RemovePhoneResponse> RemovePhone(Unit& unit, const RemovePhoneRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  if (user->phone.empty()) {
    return Error(absl::StatusCode::kNotFound, "user.phone_missing", "The user has no number.");
  }
  RETURN_IF_ERROR(DropPhone(unit, user));
  return RemovePhoneResponse();
}

}  // namespace muniment::command
