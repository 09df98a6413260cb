#include <string>
#include <utility>
#include <vector>

#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/roles.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::UpdateProjectGrantRequest;
using zitadel::project::v2::UpdateProjectGrantResponse;

absl::StatusOr<UpdateProjectGrantResponse> UpdateProjectGrant(
    Unit& unit, const UpdateProjectGrantRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto grant,
                   LoadProjectGrant(unit, project.id(), request.granted_organization_id()));
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project.id()));
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, RolesAmong(*roles, request.role_keys()));
  unit.AnswerWith(grant);
  if (SameRoles(keys, grant->role_keys)) return UpdateProjectGrantResponse();
  for (const std::string& key : keys) {
    if (grant->ending.find(key) != grant->ending.end()) return RoleEnding();
  }
  event::v1::ProjectGrantChanged changed;
  changed.mutable_role_key()->Assign(keys.begin(), keys.end());
  unit.Raise(grant, std::move(changed));
  return UpdateProjectGrantResponse();
}

}  // namespace muniment::command
