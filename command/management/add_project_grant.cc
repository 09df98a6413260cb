#include "command/project/grant.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::AddProjectGrantRequest;
using zitadel::management::v1::AddProjectGrantResponse;

absl::StatusOr<AddProjectGrantResponse> AddProjectGrant(Unit& unit,
                                                        const AddProjectGrantRequest& request) {
  AddProjectGrantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_grant_id(),
                   GrantProject(unit, request.granted_org_id(), request.role_keys()));
  return response;
}

}  // namespace muniment::command
