#include "command/policy/policies.h"

namespace muniment::command {

using muniment::api::policy::v1::SetInstanceLoginFactorRequest;
using muniment::api::policy::v1::SetInstanceLoginFactorResponse;

absl::StatusOr<SetInstanceLoginFactorResponse> SetInstanceLoginFactor(
    Unit& unit, const SetInstanceLoginFactorRequest& request) {
  RETURN_IF_ERROR(SetLoginFactor(unit, InstanceScope(), request.factor(), request.allowed()));
  return SetInstanceLoginFactorResponse();
}

}  // namespace muniment::command
