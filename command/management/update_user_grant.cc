#include "command/management/user_grant.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::UpdateUserGrantRequest;
using zitadel::management::v1::UpdateUserGrantResponse;

absl::StatusOr<UpdateUserGrantResponse> UpdateUserGrant(Unit& unit,
                                                        const UpdateUserGrantRequest& request) {
  ASSIGN_OR_RETURN(const auto grant, LoadGrantOf(unit, request.user_id()));
  RETURN_IF_ERROR(GiveRoles(unit, grant, request.role_keys()));
  return UpdateUserGrantResponse();
}

}  // namespace muniment::command
