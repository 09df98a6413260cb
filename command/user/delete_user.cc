#include "command/member/org_owners.h"
#include "command/user/end_user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::DeleteUserRequest;
using zitadel::user::v2::DeleteUserResponse;

absl::StatusOr<DeleteUserResponse> DeleteUser(Unit& unit, const DeleteUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(KeepsOwnersWithout(unit, user));
  RETURN_IF_ERROR(EndUser(unit, user, eventstore::kMaxCommitEvents));
  return DeleteUserResponse();
}

}  // namespace muniment::command
