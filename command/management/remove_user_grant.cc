#include "command/management/user_grant.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::RemoveUserGrantRequest;
using zitadel::management::v1::RemoveUserGrantResponse;

absl::StatusOr<RemoveUserGrantResponse> RemoveUserGrant(Unit& unit,
                                                        const RemoveUserGrantRequest& request) {
  ASSIGN_OR_RETURN(const auto grant, LoadGrantOf(unit, request.user_id()));
  unit.Raise(grant, event::v1::UserGrantRemoved());
  return RemoveUserGrantResponse();
}

}  // namespace muniment::command
