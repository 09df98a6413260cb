#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "command/member/members.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"
#include "command/policy/settings.h"
#include "command/project/grant.h"
#include "command/project/project.h"

namespace muniment::command {

namespace {

constexpr absl::string_view kOfAnybody = "impersonation", kOfManagers = "admin.impersonation";

// The organization over which whoever has roles there has power; empty: all of them.
absl::StatusOr<std::string> OrganizationOf(Unit& unit, const Scope& scope) {
  if (scope.aggregate == AGGREGATE_ORG) return scope.id;
  std::string project_id = scope.aggregate == AGGREGATE_PROJECT ? scope.id : "";
  if (scope.aggregate == AGGREGATE_PROJECT_GRANT) {
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(scope.id));
    project_id = grant->project_id;
  }
  if (project_id.empty()) return std::string();
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(project_id));
  return project->organization_id;
}

// Nobody gets by it what he could not have given himself: wherever the subject manages anything, the
// actor may act for those who do.
absl::StatusOr<bool> MayActFor(Unit& unit, const Ref<User>& subject) {
  ASSIGN_OR_RETURN(const auto scopes, unit.FindMemberships(subject.id()));
  bool manages = false;
  for (const Scope& scope : scopes) {
    ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(scope));
    if (members->RolesOf(subject.id()).empty()) continue;
    manages = true;
    ASSIGN_OR_RETURN(const std::string organization, OrganizationOf(unit, scope));
    ASSIGN_OR_RETURN(const bool may, organization.empty()
                                         ? unit.HoldsOnInstance(kOfManagers)
                                         : unit.Holds(kOfManagers, organization));
    if (!may) return false;
  }
  return unit.Holds(manages ? kOfManagers : kOfAnybody, subject->organization_id);
}

// The family that the actor's token is of stands behind the new one as the subject's does.
absl::Status Count(TokenFlow& flow, const std::string& family_id) {
  if (family_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto family, flow.unit.LoadAny<TokenFamily>(family_id));
  const uint32_t behind = family->grant.exchanges();
  if (behind >= kMaxExchanges) return NotExchanged("The actor_token was exchanged too often.");
  flow.grant.set_exchanges(std::max(flow.grant.exchanges(), behind + 1));
  return absl::OkStatus();
}

}  // namespace

absl::Status ActorMay(TokenFlow& flow) {
  if (flow.Param("actor_token").empty()) return absl::OkStatus();
  const absl::Status refused = NotExchanged("The actor may not act for the subject.");
  ASSIGN_OR_RETURN(const auto policy, flow.unit.Policy<SecurityPolicy>(""));
  const Caller& caller = flow.unit.caller();
  // Of a command that runs as the system no actor was found.
  if (!policy->policy.enable_impersonation() || caller.user_id.empty()) return refused;
  ASSIGN_OR_RETURN(const bool may, MayActFor(flow.unit, *flow.user));
  if (!may) return refused;
  RETURN_IF_ERROR(Count(flow, caller.oidc_session_id));
  auto& actors = *flow.grant.mutable_actor();
  event::v1::Actor actor;
  actor.set_user_id(caller.user_id);
  actor.set_issuer(flow.request.issuer());
  actor.set_personal_token_id(caller.token_id);
  actor.set_session_id(caller.session_id);
  actor.set_family_id(caller.oidc_session_id);
  event::v1::UserImpersonated impersonated;
  impersonated.set_actor_id(caller.user_id);
  impersonated.set_application_id((*flow.client)->application_id);
  ASSIGN_OR_RETURN(const auto known, flow.unit.LoadAny<Impersonations>(flow.user->id()));
  flow.unit.Raise(known, std::move(impersonated));
  *actors.Add() = std::move(actor);
  std::rotate(actors.begin(), actors.end() - 1, actors.end());
  return absl::OkStatus();
}

}  // namespace muniment::command
