#include <utility>

#include "command/project/project.h"
#include "command/project/roles.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::RemoveProjectRoleRequest;
using zitadel::project::v2::RemoveProjectRoleResponse;

absl::StatusOr<RemoveProjectRoleResponse> RemoveProjectRole(
    Unit& unit, const RemoveProjectRoleRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project.id()));
  if (!roles->Has(request.role_key())) return NoSuchRole();
  event::v1::ProjectRoleRemoved removed;
  removed.set_key(request.role_key());
  unit.Raise(roles, std::move(removed));
  return RemoveProjectRoleResponse();
}

}  // namespace muniment::command
