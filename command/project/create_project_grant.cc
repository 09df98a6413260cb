#include <string>
#include <utility>
#include <vector>

#include "command/chosen_id.h"
#include "command/org/org.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/roles.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::CreateProjectGrantRequest;
using zitadel::project::v2::CreateProjectGrantResponse;

namespace {

// Whom the caller may know of he may grant to.
absl::Status CheckGranted(Unit& unit, const Ref<Project>& project, const std::string& org_id) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(org_id));
  ASSIGN_OR_RETURN(bool seen, unit.Holds("org.global.read", PlaceOf(project)));
  if (!seen) {
    ASSIGN_OR_RETURN(seen, unit.Holds("org.read", org_id));
  }
  if (!seen || !org->exists()) {
    return Error(absl::StatusCode::kNotFound, "org.not_found", "There is no such org.");
  }
  if (org_id == project->organization_id) {
    return Error(absl::StatusCode::kInvalidArgument, "project_grant.to_owner",
                 "The organization owns the project.");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> GrantProject(Unit& unit, const std::string& granted, RoleKeys asked,
                                         const std::string& chosen_id) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  RETURN_IF_ERROR(CheckGranted(unit, project, granted));
  if (!chosen_id.empty()) RETURN_IF_ERROR(AdmitChosenId(unit, ProjectGrant::kNoun, chosen_id));
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project.id()));
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, RolesAmong(*roles, asked));

  event::v1::ProjectGrantAdded added;
  added.set_project_id(project.id());
  added.set_grant_id(chosen_id.empty() ? unit.NewId() : chosen_id);
  added.set_organization_id(project->organization_id);
  added.set_granted_organization_id(granted);
  added.mutable_role_key()->Assign(keys.begin(), keys.end());
  ASSIGN_OR_RETURN(const auto grant, unit.LoadOrNew<ProjectGrant>(
                                         ProjectGrantId(project.id(), added.grant_id())));
  if (grant->state != GrantState::kNone) {
    return Error(absl::StatusCode::kAlreadyExists, "project_grant.already_exists",
                 "The project has or had a grant with this id.");
  }
  unit.Raise(grant, added);
  return added.grant_id();
}

absl::StatusOr<CreateProjectGrantResponse> CreateProjectGrant(
    Unit& unit, const CreateProjectGrantRequest& request) {
  RETURN_IF_ERROR(
      GrantProject(unit, request.granted_organization_id(), request.role_keys()).status());
  return CreateProjectGrantResponse();
}

}  // namespace muniment::command
