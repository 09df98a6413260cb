#include "command/oidc/admission.h"

#include <algorithm>

#include "base/error.h"
#include "base/oauth_error.h"
#include "command/authorization/user_grant.h"
#include "command/org/org.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/roles.h"

namespace muniment::command {

namespace {

// A user has few; of more than these none is looked at.
constexpr size_t kMostAuthorizations = 1000;

absl::StatusOr<bool> GrantedTo(Unit& unit, const std::string& project_id,
                               const std::string& organization_id) {
  ASSIGN_OR_RETURN(const std::string id, unit.FindProjectGrant(project_id, organization_id));
  if (id.empty()) return false;
  ASSIGN_OR_RETURN(const auto grant,
                   unit.LoadAny<ProjectGrant>(ProjectGrantId(project_id, id)));
  return grant->active() && grant->granted_organization_id == organization_id;
}

// Whether one of the roles counts: the project, and the grant that it is within, have it.
absl::StatusOr<bool> RoleCounts(Unit& unit, const UserGrant& given) {
  ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(ProjectScope(given.project_id)));
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(given.organization_id));
  if (!org->active()) return false;
  const auto stands = [&roles](const std::string& key) { return roles->roles.contains(key); };
  if (given.project_grant_id.empty()) {
    return std::any_of(given.role_keys.begin(), given.role_keys.end(), stands);
  }
  ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(given.within));
  if (!grant->active()) return false;
  return std::any_of(given.role_keys.begin(), given.role_keys.end(), [&](const std::string& key) {
    return stands(key) && std::count(grant->role_keys.begin(), grant->role_keys.end(), key) > 0;
  });
}

absl::StatusOr<bool> HasRole(Unit& unit, const std::string& project_id, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto ids, unit.FindAuthorizations(user.id(), kMostAuthorizations));
  for (const std::string& id : ids) (void)unit.LoadAny<UserGrant>(id);
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto given, unit.LoadAny<UserGrant>(id));
    if (!given->active() || given->project_id != project_id || given->user_id != user.id()) {
      continue;
    }
    ASSIGN_OR_RETURN(const bool counts, RoleCounts(unit, *given));
    if (counts) return true;
  }
  return false;
}

}  // namespace

absl::Status Admits(Unit& unit, const std::string& project_id, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(project_id));
  if (project->project_access_required && project->organization_id != user->organization_id) {
    ASSIGN_OR_RETURN(const bool granted, GrantedTo(unit, project_id, user->organization_id));
    if (!granted) {
      return OauthError(Oauth::kAccessDenied,
                        "The project is not granted to the user's organization.");
    }
  }
  if (project->authorization_required) {
    ASSIGN_OR_RETURN(const bool has, HasRole(unit, project_id, user));
    if (!has) return OauthError(Oauth::kAccessDenied, "The user has no role of the project.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
