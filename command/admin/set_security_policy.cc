#include "command/policy/settings.h"
#include "command/unit.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using zitadel::admin::v1::SetSecurityPolicyRequest;
using zitadel::admin::v1::SetSecurityPolicyResponse;

absl::StatusOr<SetSecurityPolicyResponse> SetSecurityPolicy(
    Unit& unit, const SetSecurityPolicyRequest& request) {
  if (request.enable_iframe_embedding() || request.allowed_origins_size() > 0) {
    return Error(absl::StatusCode::kUnimplemented, "policy.security.frames",
                 "enable_iframe_embedding and allowed_origins are not served yet.");
  }
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<SecurityPolicy>(""));
  unit.AnswerWith(policy);
  if (policy->policy.enable_impersonation() == request.enable_impersonation()) {
    return SetSecurityPolicyResponse();
  }
  event::v1::SecurityPolicySet set;
  set.mutable_policy()->set_enable_impersonation(request.enable_impersonation());
  unit.Raise(policy, std::move(set));
  return SetSecurityPolicyResponse();
}

}  // namespace muniment::command
