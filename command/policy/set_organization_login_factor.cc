#include "command/org/org.h"
#include "command/policy/policies.h"

namespace muniment::command {

using muniment::api::policy::v1::SetOrganizationLoginFactorRequest;
using muniment::api::policy::v1::SetOrganizationLoginFactorResponse;

absl::StatusOr<SetOrganizationLoginFactorResponse> SetOrganizationLoginFactor(
    Unit& unit, const SetOrganizationLoginFactorRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(SetLoginFactor(unit, OrgScope(org.id()), request.factor(), request.allowed()));
  return SetOrganizationLoginFactorResponse();
}

}  // namespace muniment::command
