#include "command/org/org.h"
#include "command/policy/policies.h"

namespace muniment::command {

using muniment::api::policy::v1::ResetOrganizationPolicyRequest;
using muniment::api::policy::v1::ResetOrganizationPolicyResponse;

absl::StatusOr<ResetOrganizationPolicyResponse> ResetOrganizationPolicy(
    Unit& unit, const ResetOrganizationPolicyRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(ResetPolicy(unit, org.id(), request.type()));
  return ResetOrganizationPolicyResponse();
}

}  // namespace muniment::command
