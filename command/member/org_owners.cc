#include "command/member/org_owners.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "base/access.h"
#include "command/instance/owners.h"
#include "command/org/org.h"
#include "command/user/state.h"

namespace muniment::command {
namespace {

bool Owns(const Members& members, const std::string& user_id) {
  return absl::c_linear_search(members.RolesOf(user_id), kOrgOwnerRole);
}

}  // namespace

absl::Status KeepsAnOrgOwner(Unit& unit, const Members& members, const std::string& user_id) {
  for (const auto& [other, roles] : members.roles) {
    if (other == user_id || !absl::c_linear_search(roles, kOrgOwnerRole)) continue;
    ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(other));
    ASSIGN_OR_RETURN(const bool acts, IsActive(unit, *user));
    if (acts) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool by_instance, unit.HoldsOnInstance("org.member.delete"));
  if (by_instance) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "org.last_owner",
               "He is the last who owns the organization; make another its ORG_OWNER first.");
}

absl::Status KeepsOwnersWithout(Unit& unit, const Ref<User>& user) {
  RETURN_IF_ERROR(KeepsAnOwner(unit, {.user_id = user.id()}));
  ASSIGN_OR_RETURN(std::vector<Scope> scopes, unit.FindMemberships(user.id()));
  // Where he most likely is one, whatever the hint says.
  scopes.push_back(OrgScope(user->organization_id));
  for (const Scope& scope : scopes) {
    if (scope.aggregate != AGGREGATE_ORG) continue;
    ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
    if (!Owns(*members, user.id())) continue;
    ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(scope.id));
    if (org->exists()) RETURN_IF_ERROR(KeepsAnOrgOwner(unit, *members, user.id()));
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
