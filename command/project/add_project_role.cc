#include <utility>

#include "absl/strings/str_cat.h"
#include "command/project/project.h"
#include "command/project/roles.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::AddProjectRoleRequest;
using zitadel::project::v2::AddProjectRoleResponse;

namespace {

// All stand in what a node keeps of a project in memory.
constexpr size_t kMaxRoles = 1000;

absl::Status MayAdd(const ProjectRoles& roles, const std::string& key) {
  if (roles.Has(key)) {
    return Error(absl::StatusCode::kAlreadyExists, "project.role_exists",
                 "The project has this role.");
  }
  if (roles.ending.find(key) != roles.ending.end()) return RoleEnding();
  if (roles.roles.size() >= kMaxRoles) {
    return Error(absl::StatusCode::kFailedPrecondition, "project.too_many_roles",
                 absl::StrCat("A project has at most ", kMaxRoles, " roles."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddRole(Unit& unit, const Ref<ProjectRoles>& roles,
                     event::v1::ProjectRoleAdded added) {
  RETURN_IF_ERROR(MayAdd(*roles, added.key()));
  unit.Raise(roles, std::move(added));
  return absl::OkStatus();
}

absl::StatusOr<AddProjectRoleResponse> AddProjectRole(Unit& unit,
                                                      const AddProjectRoleRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project.id()));
  event::v1::ProjectRoleAdded added;
  added.set_key(request.role_key());
  added.set_display_name(request.display_name());
  added.set_group(request.group());
  RETURN_IF_ERROR(AddRole(unit, roles, std::move(added)));
  return AddProjectRoleResponse();
}

}  // namespace muniment::command
