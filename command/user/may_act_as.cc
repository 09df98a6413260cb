#include "command/user/may_act_as.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "command/member/lacking.h"
#include "command/member/members.h"
#include "command/oidc/token_family.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/role/defined_roles.h"
#include "command/session/session.h"
#include "command/session/standing.h"
#include "command/user/tokens.h"

namespace muniment::command {
namespace {

// Where roles that stand on the scope count, and as what.
struct Standing {
  Level level = Level::kInstance;
  Place place;
};

absl::StatusOr<Standing> StandingOn(Unit& unit, const Scope& scope) {
  if (scope.aggregate == AGGREGATE_ORG) return Standing{Level::kOrg, {.organization_id = scope.id}};
  if (scope.aggregate == AGGREGATE_PROJECT) {
    ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(scope.id));
    return Standing{Level::kProject, PlaceOf(project)};
  }
  if (scope.aggregate == AGGREGATE_PROJECT_GRANT) {
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(scope.id));
    return Standing{Level::kProjectGrant, {.organization_id = grant->granted_organization_id,
                                           .project_grant_id = scope.id}};
  }
  return Standing();
}

absl::StatusOr<bool> HoldsAll(Unit& unit, const Managed& managed) {
  ASSIGN_OR_RETURN(const RoleBooks books,
                   BooksFor(unit, managed.place.organization_id, managed.roles));
  ASSIGN_OR_RETURN(const std::string lacking,
                   Lacking(unit, managed.place,
                           RolePermissions(managed.level, managed.roles, books)));
  return lacking.empty();
}

// Where a user may be a member so that it can be told what he holds.
constexpr size_t kMostScopes = 1000;

absl::Status HoldsMore() {
  return Error(absl::StatusCode::kPermissionDenied, "user.holds_more",
               "The user holds permissions that the caller lacks and would gain.");
}

absl::Status HimselfIsFresh(Unit& unit) {
  ASSIGN_OR_RETURN(const bool lately, ProvedLately(unit, unit.caller()));
  return lately ? absl::OkStatus() : ProofTooOld();
}

}  // namespace

absl::Status MayActAs(Unit& unit, const Ref<User>& user) {
  const std::string& caller = unit.caller().user_id;
  if (unit.caller().system) return absl::OkStatus();
  if (caller == user.id()) return user->machine ? absl::OkStatus() : HimselfIsFresh(unit);
  RETURN_IF_ERROR(ShowsNoOldSession(unit));
  ASSIGN_OR_RETURN(const bool owns_all, unit.Owns(Place()));
  if (owns_all) return absl::OkStatus();

  ASSIGN_OR_RETURN(const bool holds, WhereverHeManages(unit, user, [&unit](const Managed& managed) {
                     return HoldsAll(unit, managed);
                   }));
  return holds ? absl::OkStatus() : HoldsMore();
}

absl::StatusOr<bool> WhereverHeManages(
    Unit& unit, const Ref<User>& user,
    absl::FunctionRef<absl::StatusOr<bool>(const Managed& managed)> suffices) {
  ASSIGN_OR_RETURN(std::vector<Scope> scopes, unit.FindMemberships(user.id()));
  // Among so many one might be missed, which others can see to.
  if (scopes.size() >= kMostScopes) return false;
  // Where he most likely is one, whatever the hint says.
  scopes.push_back(InstanceScope());
  scopes.push_back(OrgScope(user->organization_id));
  for (const Scope& scope : scopes) {
    ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
    const auto& roles = members->RolesOf(user.id());
    if (roles.empty()) continue;
    ASSIGN_OR_RETURN(Standing standing, StandingOn(unit, scope));
    ASSIGN_OR_RETURN(const bool enough,
                     suffices({scope, standing.level, std::move(standing.place), roles}));
    if (!enough) return false;
  }
  return true;
}

absl::StatusOr<absl::Time> EndOfProof(Unit& unit) {
  const Caller& caller = unit.caller();
  if (!caller.session_id.empty()) {
    ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(caller.session_id));
    return session->expires();
  }
  if (!caller.oidc_session_id.empty()) {
    ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(caller.oidc_session_id));
    const auto* token = family->Find(caller.oidc_token_id);
    return token == nullptr ? absl::InfinitePast() : token->expiration;
  }
  if (caller.token_id.empty()) return absl::InfiniteFuture();
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(caller.user_id));
  const auto shown = tokens->expiration.find(caller.token_id);
  return shown == tokens->expiration.end() ? absl::InfinitePast() : shown->second;
}

absl::Status MayLastUntil(Unit& unit, const Ref<User>& user, absl::Time end) {
  ASSIGN_OR_RETURN(const absl::Time proof, EndOfProof(unit));
  if (end <= proof) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, unit.Holds("user.write", user->organization_id));
  if (holds) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "token.outlives_proof",
               "By itself a token or a session makes nothing that outlives it; that takes "
               "user.write.");
}

}  // namespace muniment::command
