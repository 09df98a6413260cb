#include <string>
#include <utility>
#include <vector>

#include "command/authorization/user_grant.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::command {

using zitadel::authorization::v2::UpdateAuthorizationRequest;
using zitadel::authorization::v2::UpdateAuthorizationResponse;

absl::Status GiveRoles(Unit& unit, const Ref<UserGrant>& grant, RoleKeys asked) {
  ASSIGN_OR_RETURN(
      const std::vector<std::string> keys,
      RolesToGive(unit, grant->project_id,
                  {grant->organization_id, grant->project_grant_id, grant->within}, asked,
                  grant->role_keys));
  if (SameRoles(keys, grant->role_keys)) return absl::OkStatus();
  event::v1::UserGrantChanged changed;
  changed.mutable_role_key()->Assign(keys.begin(), keys.end());
  unit.Raise(grant, std::move(changed));
  return absl::OkStatus();
}

absl::StatusOr<UpdateAuthorizationResponse> UpdateAuthorization(
    Unit& unit, const UpdateAuthorizationRequest& request) {
  ASSIGN_OR_RETURN(const auto grant, unit.LoadTarget<UserGrant>());
  RETURN_IF_ERROR(GiveRoles(unit, grant, request.role_keys()));
  return UpdateAuthorizationResponse();
}

}  // namespace muniment::command
