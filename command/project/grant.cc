#include "command/project/grant.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace muniment::command {

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantAdded& event) {
  grant.state = GrantState::kActive;
  grant.project_id = event.project_id();
  grant.grant_id = event.grant_id();
  grant.organization_id = event.organization_id();
  grant.granted_organization_id = event.granted_organization_id();
  grant.role_keys.assign(event.role_key().begin(), event.role_key().end());
}

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantChanged& event) {
  for (const std::string& key : grant.role_keys) {
    if (absl::c_find(event.role_key(), key) == event.role_key().end()) grant.ending.insert(key);
  }
  grant.role_keys.assign(event.role_key().begin(), event.role_key().end());
}

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantCascadeChanged& event) {
  grant.role_keys.assign(event.role_key().begin(), event.role_key().end());
}

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantDeactivated&) {
  grant.state = GrantState::kInactive;
}

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantReactivated&) {
  grant.state = GrantState::kActive;
}

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantRemoved&) {
  grant.state = GrantState::kRemoved;
}

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantSwept&) { grant.swept = true; }

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantRolesSwept&) { grant.ending.clear(); }

std::string ProjectGrantId(absl::string_view project_id, absl::string_view grant_id) {
  return absl::StrCat(project_id, "/", grant_id);
}

absl::StatusOr<Ref<ProjectGrant>> LoadProjectGrant(Unit& unit, absl::string_view project_id,
                                                   absl::string_view organization_id) {
  ASSIGN_OR_RETURN(const std::string grant_id,
                   unit.FindProjectGrant(project_id, organization_id));
  if (grant_id.empty()) {
    return Error(absl::StatusCode::kNotFound, "project_grant.not_found",
                 "There is no such project_grant.");
  }
  return unit.Load<ProjectGrant>(ProjectGrantId(project_id, grant_id));
}

}  // namespace muniment::command
