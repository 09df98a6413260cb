#include "command/project/state.h"

#include "command/change_state.h"

namespace muniment::command {

namespace {

constexpr Refusal<ProjectState> kDeactivate[] = {
    {ProjectState::kInactive, "project.already_inactive", "The project is inactive already."},
};
constexpr Refusal<ProjectState> kActivate[] = {
    {ProjectState::kActive, "project.not_inactive", "The project is not inactive."},
};
constexpr Refusal<GrantState> kDeactivateGrant[] = {
    {GrantState::kInactive, "project_grant.already_inactive", "The grant is inactive already."},
};
constexpr Refusal<GrantState> kActivateGrant[] = {
    {GrantState::kActive, "project_grant.not_inactive", "The grant is not inactive."},
};

}  // namespace

absl::Status MayBecome(const Project& project, const event::v1::ProjectDeactivated&) {
  return RefusedIn<ProjectState>(project.state, kDeactivate);
}
absl::Status MayBecome(const Project& project, const event::v1::ProjectReactivated&) {
  return RefusedIn<ProjectState>(project.state, kActivate);
}
absl::Status MayBecome(const ProjectGrant& grant, const event::v1::ProjectGrantDeactivated&) {
  return RefusedIn<GrantState>(grant.state, kDeactivateGrant);
}
absl::Status MayBecome(const ProjectGrant& grant, const event::v1::ProjectGrantReactivated&) {
  return RefusedIn<GrantState>(grant.state, kActivateGrant);
}

}  // namespace muniment::command
