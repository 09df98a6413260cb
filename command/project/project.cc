#include "command/project/project.h"

namespace muniment::command {

void Fold(Project& project, const event::v1::ProjectAdded& event) {
  project = Project();
  project.state = ProjectState::kActive;
  project.organization_id = event.organization_id();
  project.name = event.name();
  project.project_role_assertion = event.project_role_assertion();
  project.authorization_required = event.authorization_required();
  project.project_access_required = event.project_access_required();
  project.private_labeling = event.private_labeling();
}

void Fold(Project& project, const event::v1::ProjectChanged& event) {
  if (event.has_name()) project.name = event.name();
  if (event.has_project_role_assertion()) {
    project.project_role_assertion = event.project_role_assertion();
  }
  if (event.has_authorization_required()) {
    project.authorization_required = event.authorization_required();
  }
  if (event.has_project_access_required()) {
    project.project_access_required = event.project_access_required();
  }
  if (event.has_private_labeling()) project.private_labeling = event.private_labeling();
}

void Fold(Project& project, const event::v1::ProjectDeactivated&) {
  project.state = ProjectState::kInactive;
}

void Fold(Project& project, const event::v1::ProjectReactivated&) {
  project.state = ProjectState::kActive;
}

void Fold(Project& project, const event::v1::ProjectRemoved&) {
  project.state = ProjectState::kRemoved;
}

void Fold(Project& project, const event::v1::ProjectSwept&) { project.swept = true; }

}  // namespace muniment::command
