#include <utility>

#include "command/internal_permission/resource.h"
#include "command/project/roles.h"

namespace muniment::command {

using zitadel::internal_permission::v2::UpdateAdministratorRequest;
using zitadel::internal_permission::v2::UpdateAdministratorResponse;

absl::StatusOr<UpdateAdministratorResponse> UpdateAdministrator(
    Unit& unit, const UpdateAdministratorRequest& request) {
  ASSIGN_OR_RETURN(const Resource resource, LoadResource(unit, request.resource()));
  const std::vector<std::string> roles(request.roles().begin(), request.roles().end());
  const std::vector<std::string>& held = resource.members->RolesOf(request.user_id());
  RETURN_IF_ERROR(ValidRoles(unit, resource, roles));
  if (held.empty()) return NoSuchMember();
  RETURN_IF_ERROR(MayChange(unit, resource, held, roles));
  unit.AnswerWith(resource.members);
  if (SameRoles(held, roles)) return UpdateAdministratorResponse();
  RETURN_IF_ERROR(KeepsAnOwnerOf(unit, resource, request.user_id(), roles));
  event::v1::MemberChanged changed;
  changed.set_user_id(request.user_id());
  changed.mutable_role()->Assign(roles.begin(), roles.end());
  unit.Raise(resource.members, std::move(changed));
  return UpdateAdministratorResponse();
}

}  // namespace muniment::command
