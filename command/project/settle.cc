#include "command/project/settle.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "command/authorization/user_grant.h"
#include "command/for_each.h"
#include "command/member/members.h"
#include "command/org/org.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/roles.h"

namespace muniment::command {

namespace {

using eventstore::kMaxCommitEvents;

std::vector<std::string> Kept(const std::vector<std::string>& keys, const ProjectRoles& roles) {
  std::vector<std::string> kept;
  for (const std::string& key : keys) {
    if (roles.Has(key)) kept.push_back(key);
  }
  return kept;
}

absl::StatusOr<bool> OrgRemoved(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(id));
  return !org->exists();
}

absl::StatusOr<bool> Removed(Unit& unit, const Scope& scope) {
  if (scope.aggregate == AGGREGATE_PROJECT) {
    ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(scope.id));
    return project->state == ProjectState::kRemoved;
  }
  ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(scope.id));
  return grant->state == GrantState::kRemoved;
}

absl::Status SettleProject(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(id));
  if (!project->exists()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool gone, OrgRemoved(unit, project->organization_id));
  if (gone) unit.Raise(project, event::v1::ProjectRemoved());
  return absl::OkStatus();
}

absl::Status SettleGrant(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(id));
  if (!grant->exists()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(grant->project_id));
  ASSIGN_OR_RETURN(const bool gone, OrgRemoved(unit, grant->granted_organization_id));
  if (!project->exists() || gone) {
    unit.Raise(grant, event::v1::ProjectGrantRemoved());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(grant->project_id));
  const std::vector<std::string> kept = Kept(grant->role_keys, *roles);
  if (kept == grant->role_keys) return absl::OkStatus();
  event::v1::ProjectGrantCascadeChanged changed;
  changed.mutable_role_key()->Assign(kept.begin(), kept.end());
  unit.Raise(grant, std::move(changed));
  return absl::OkStatus();
}

absl::Status SettleAuthorization(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto given, unit.LoadAny<UserGrant>(id));
  if (!given->exists()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(given->project_id));
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(given->project_id));
  bool stands = project->exists();
  std::vector<std::string> kept = Kept(given->role_keys, *roles);
  if (!given->project_grant_id.empty()) {
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(given->within));
    stands = stands && grant->exists();
    kept.erase(std::remove_if(kept.begin(), kept.end(), [&](const std::string& key) {
      return absl::c_find(grant->role_keys, key) == grant->role_keys.end();
    }), kept.end());
  }
  if (!stands) {
    unit.Raise(given, event::v1::UserGrantCascadeRemoved());
  } else if (kept != given->role_keys) {
    event::v1::UserGrantCascadeChanged changed;
    changed.mutable_role_key()->Assign(kept.begin(), kept.end());
    unit.Raise(given, std::move(changed));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SettleProjects(Unit& unit, const std::vector<std::string>& ids) {
  return ForEach(unit, ids, &SettleProject);
}

absl::Status SettleGrants(Unit& unit, const std::vector<std::string>& ids) {
  return ForEach(unit, ids, &SettleGrant);
}

absl::Status SettleAuthorizations(Unit& unit, const std::vector<std::string>& ids) {
  return ForEach(unit, ids, &SettleAuthorization);
}

absl::StatusOr<bool> EndManagers(Unit& unit, const Scope& scope) {
  ASSIGN_OR_RETURN(const bool removed, Removed(unit, scope));
  if (!removed) return true;
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
  std::vector<std::string> users;
  for (const auto& [user, roles] : members->roles) users.push_back(user);
  std::sort(users.begin(), users.end());
  const bool all = users.size() <= kMaxCommitEvents;
  if (!all) users.resize(kMaxCommitEvents);
  for (std::string& user : users) {
    event::v1::MemberCascadeRemoved removed;
    removed.set_user_id(std::move(user));
    unit.Raise(members, std::move(removed));
  }
  return all;
}

absl::Status RaiseProjectSwept(Unit& unit, absl::string_view project_id) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(project_id));
  if (project->state == ProjectState::kRemoved && !project->swept) {
    unit.Raise(project, event::v1::ProjectSwept());
  }
  return absl::OkStatus();
}

absl::Status RaiseGrantSwept(Unit& unit, absl::string_view id) {
  ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(id));
  if (grant->state == GrantState::kRemoved && !grant->swept) {
    unit.Raise(grant, event::v1::ProjectGrantSwept());
  }
  return absl::OkStatus();
}

absl::StatusOr<RoleSet> EndingRoles(Unit& unit, const Scope& scope) {
  if (scope.aggregate == AGGREGATE_PROJECT) {
    ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(scope.id));
    return roles->ending;
  }
  ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(scope.id));
  return grant->ending;
}

absl::StatusOr<bool> RaiseRolesSwept(Unit& unit, const Scope& scope, const RoleSet& swept) {
  ASSIGN_OR_RETURN(const RoleSet now, EndingRoles(unit, scope));
  if (now != swept) return false;
  // Also where nothing was taken away: it ends the work that any change of a grant asks for.
  if (scope.aggregate == AGGREGATE_PROJECT) {
    RETURN_IF_ERROR(unit.LoadAny<Project>(scope.id).status());
    ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(scope.id));
    unit.Raise(roles, event::v1::ProjectRolesSwept());
  } else {
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(scope.id));
    unit.Raise(grant, event::v1::ProjectGrantRolesSwept());
  }
  return true;
}

}  // namespace muniment::command
