#include <algorithm>

#include "base/error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"
#include "command/policy/settings.h"
#include "command/user/may_act_as.h"

namespace muniment::command {

namespace {

// Nobody gets by it what he could not have given himself: wherever the subject manages anything, the
// actor may act for those who do.
absl::StatusOr<bool> MayActFor(Unit& unit, const Ref<User>& subject) {
  bool manages = false;
  ASSIGN_OR_RETURN(const bool everywhere,
                   WhereverHeManages(unit, subject, [&](const Managed& managed) {
                     manages = true;
                     return unit.Holds(kActForManagers, managed.place);
                   }));
  if (!everywhere) return false;
  return unit.Holds(manages ? kActForManagers : kActForUsers, subject->organization_id);
}

}  // namespace

absl::Status ActorMay(TokenFlow& flow) {
  if (flow.Param("actor_token").empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto policy, flow.unit.Policy<SecurityPolicy>(""));
  const Caller& caller = flow.unit.caller();
  // Of a command that runs as the system no actor was found.
  if (!policy->policy.enable_impersonation() || caller.user_id.empty()) return MayNotAct();
  ASSIGN_OR_RETURN(const bool may, MayActFor(flow.unit, *flow.user));
  if (!may) return MayNotAct();
  ASSIGN_OR_RETURN(const absl::Time end, EndOfProof(flow.unit));
  flow.not_after = std::min(flow.not_after, end);
  event::v1::Actor& actor = *flow.grant.add_actor();
  actor.set_user_id(caller.user_id);
  actor.set_issuer(flow.request.issuer());
  actor.set_personal_token_id(caller.token_id);
  actor.set_session_id(caller.session_id);
  actor.set_family_id(caller.oidc_session_id);
  actor.set_token_id(caller.oidc_token_id);
  return absl::OkStatus();
}

}  // namespace muniment::command
