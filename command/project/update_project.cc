#include <utility>

#include "command/project/project.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::UpdateProjectRequest;
using zitadel::project::v2::UpdateProjectResponse;

namespace {

// What differs; an event that says nothing where nothing does.
event::v1::ProjectChanged Decide(const Project& project, const UpdateProjectRequest& request) {
  event::v1::ProjectChanged changed;
  if (request.has_name() && request.name() != project.name) changed.set_name(request.name());
  if (request.has_project_role_assertion() &&
      request.project_role_assertion() != project.project_role_assertion) {
    changed.set_project_role_assertion(request.project_role_assertion());
  }
  if (request.has_authorization_required() &&
      request.authorization_required() != project.authorization_required) {
    changed.set_authorization_required(request.authorization_required());
  }
  if (request.has_project_access_required() &&
      request.project_access_required() != project.project_access_required) {
    changed.set_project_access_required(request.project_access_required());
  }
  const auto labeling =
      static_cast<event::v1::PrivateLabeling>(request.private_labeling_setting());
  if (request.has_private_labeling_setting() && labeling != project.private_labeling) {
    changed.set_private_labeling(labeling);
  }
  return changed;
}

}  // namespace

absl::StatusOr<UpdateProjectResponse> UpdateProject(Unit& unit,
                                                    const UpdateProjectRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  event::v1::ProjectChanged changed = Decide(*project, request);
  if (changed.ByteSizeLong() == 0) return UpdateProjectResponse();
  changed.set_organization_id(project->organization_id);
  unit.Raise(project, std::move(changed));
  return UpdateProjectResponse();
}

}  // namespace muniment::command
