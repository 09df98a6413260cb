#include <utility>

#include "command/role/defined_roles.h"
#include "muniment/api/role/v1/role.pb.h"

namespace muniment::command {

using api::role::v1::DeleteRoleRequest;
using api::role::v1::DeleteRoleResponse;

absl::StatusOr<DeleteRoleResponse> DeleteRole(Unit& unit, const DeleteRoleRequest& request) {
  ASSIGN_OR_RETURN(const Definer definer, LoadDefiner(unit, request.resource()));
  RETURN_IF_ERROR(FindDefined(*definer.defined, request.name()).status());
  event::v1::RoleRemoved removed;
  removed.set_name(request.name());
  unit.Raise(definer.defined, std::move(removed));
  return DeleteRoleResponse();
}

}  // namespace muniment::command
