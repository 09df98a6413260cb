#include <algorithm>

#include "base/error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"
#include "command/policy/settings.h"
#include "command/user/may_act_as.h"

namespace muniment::command {

absl::Status ActorMay(TokenFlow& flow) {
  if (flow.Param("actor_token").empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto policy, flow.unit.Policy<SecurityPolicy>(""));
  const Caller& caller = flow.unit.caller();
  // Of a command that runs as the system no actor was found.
  if (!policy->policy.enable_impersonation() || caller.user_id.empty()) return MayNotAct();
  const Ref<User>& subject = *flow.user;
  const auto wherever_he_manages = [&](const auto& suffices) {
    return WhereverHeManages(flow.unit, subject, [&suffices](const Managed& managed) {
      return suffices(managed.place);
    });
  };
  const auto holds = [&flow](absl::string_view permission, const Place& place) {
    return flow.unit.Holds(permission, place);
  };
  ASSIGN_OR_RETURN(const bool may,
                   MayActFor(wherever_he_manages, holds,
                             Place{.organization_id = subject->organization_id}));
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
