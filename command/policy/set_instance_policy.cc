#include "command/policy/policies.h"

namespace muniment::command {

using muniment::api::policy::v1::SetInstancePolicyRequest;
using muniment::api::policy::v1::SetInstancePolicyResponse;

absl::StatusOr<SetInstancePolicyResponse> SetInstancePolicy(
    Unit& unit, const SetInstancePolicyRequest& request) {
  RETURN_IF_ERROR(SetPolicy(unit, InstanceScope(),
                            {request.policy(), request.expects(),
                             {request.keep().begin(), request.keep().end()}}));
  return SetInstancePolicyResponse();
}

}  // namespace muniment::command
