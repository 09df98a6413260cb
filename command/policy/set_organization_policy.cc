#include "command/org/org.h"
#include "command/policy/policies.h"

namespace muniment::command {

using muniment::api::policy::v1::SetOrganizationPolicyRequest;
using muniment::api::policy::v1::SetOrganizationPolicyResponse;

absl::StatusOr<SetOrganizationPolicyResponse> SetOrganizationPolicy(
    Unit& unit, const SetOrganizationPolicyRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(SetPolicy(unit, OrgScope(org.id()),
                            {request.policy(), request.expects(),
                             {request.keep().begin(), request.keep().end()}}));
  return SetOrganizationPolicyResponse();
}

}  // namespace muniment::command
