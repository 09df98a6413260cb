#include <utility>

#include "command/project/project.h"
#include "command/project/roles.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::UpdateProjectRoleRequest;
using zitadel::project::v2::UpdateProjectRoleResponse;

absl::StatusOr<UpdateProjectRoleResponse> UpdateProjectRole(
    Unit& unit, const UpdateProjectRoleRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project.id()));
  unit.AnswerWith(roles);
  const auto found = roles->roles.find(request.role_key());
  if (found == roles->roles.end()) return NoSuchRole();
  const ProjectRoles::Role& role = found->second;
  event::v1::ProjectRoleChanged changed;
  changed.set_key(request.role_key());
  changed.set_display_name(request.has_display_name() ? request.display_name()
                                                      : role.display_name);
  changed.set_group(request.has_group() ? request.group() : role.group);
  if (changed.display_name() == role.display_name && changed.group() == role.group) {
    return UpdateProjectRoleResponse();
  }
  unit.Raise(roles, std::move(changed));
  return UpdateProjectRoleResponse();
}

}  // namespace muniment::command
