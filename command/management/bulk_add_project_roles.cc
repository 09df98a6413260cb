#include <utility>

#include "command/project/project.h"
#include "command/project/roles.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::BulkAddProjectRolesRequest;
using zitadel::management::v1::BulkAddProjectRolesResponse;

absl::StatusOr<BulkAddProjectRolesResponse> BulkAddProjectRoles(
    Unit& unit, const BulkAddProjectRolesRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project.id()));
  for (const auto& role : request.roles()) {
    event::v1::ProjectRoleAdded added;
    added.set_key(role.key());
    added.set_display_name(role.display_name());
    added.set_group(role.group());
    RETURN_IF_ERROR(AddRole(unit, roles, std::move(added)));
  }
  return BulkAddProjectRolesResponse();
}

}  // namespace muniment::command
