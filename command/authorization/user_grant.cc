#include "command/authorization/user_grant.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "command/change_state.h"
#include "command/project/project.h"

namespace muniment::command {

namespace {

constexpr Refusal<GrantState> kDeactivate[] = {
    {GrantState::kInactive, "authorization.already_inactive",
     "The authorization is inactive already."},
};
constexpr Refusal<GrantState> kActivate[] = {
    {GrantState::kActive, "authorization.not_inactive", "The authorization is not inactive."},
};

absl::Status Refused(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

bool ContainsAll(const std::vector<std::string>& all, const std::vector<std::string>& keys) {
  return absl::c_all_of(keys, [&](const std::string& key) {
    return absl::c_linear_search(all, key);
  });
}

}  // namespace

void Fold(UserGrant& grant, const event::v1::UserGrantAdded& event) {
  grant.state = GrantState::kActive;
  grant.user_id = event.user_id();
  grant.project_id = event.project_id();
  grant.organization_id = event.organization_id();
  grant.project_grant_id = event.project_grant_id();
  grant.within = event.within();
  grant.role_keys.assign(event.role_key().begin(), event.role_key().end());
}

void Fold(UserGrant& grant, const event::v1::UserGrantChanged& event) {
  grant.role_keys.assign(event.role_key().begin(), event.role_key().end());
}

void Fold(UserGrant& grant, const event::v1::UserGrantCascadeChanged& event) {
  grant.role_keys.assign(event.role_key().begin(), event.role_key().end());
}

void Fold(UserGrant& grant, const event::v1::UserGrantDeactivated&) {
  grant.state = GrantState::kInactive;
}

void Fold(UserGrant& grant, const event::v1::UserGrantReactivated&) {
  grant.state = GrantState::kActive;
}

void Fold(UserGrant& grant, const event::v1::UserGrantRemoved&) {
  grant.state = GrantState::kRemoved;
}

void Fold(UserGrant& grant, const event::v1::UserGrantCascadeRemoved&) {
  grant.state = GrantState::kRemoved;
}

absl::Status MayBecome(const UserGrant& grant, const event::v1::UserGrantDeactivated&) {
  return RefusedIn<GrantState>(grant.state, kDeactivate);
}

absl::Status MayBecome(const UserGrant& grant, const event::v1::UserGrantReactivated&) {
  return RefusedIn<GrantState>(grant.state, kActivate);
}

absl::StatusOr<std::vector<std::string>> RolesToGive(Unit& unit, const std::string& project_id,
                                                     const RoleSource& source, RoleKeys asked,
                                                     const std::vector<std::string>& held) {
  ASSIGN_OR_RETURN(const auto project, unit.Load<Project>(project_id));
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(project_id));
  ASSIGN_OR_RETURN(std::vector<std::string> keys, RolesAmong(*roles, asked));
  const bool more = !ContainsAll(held, keys);
  if (more && !project->active()) return Refused("project.inactive", "The project is inactive.");
  if (source.project_grant_id.empty()) return keys;
  ASSIGN_OR_RETURN(const auto grant, unit.Load<ProjectGrant>(source.within));
  if (more && !grant->active()) {
    return Refused("project_grant.inactive", "The grant is inactive.");
  }
  if (!ContainsAll(grant->role_keys, keys)) {
    return Refused("project_grant.role_missing",
                   "The organization is not granted all of these roles.");
  }
  return keys;
}

}  // namespace muniment::command
