#include "base/password_strength.h"
#include "muniment/api/password/v1/password_service.pb.h"
#include "query/reader.h"

namespace muniment::query {

using muniment::api::password::v1::EstimatePasswordStrengthRequest;
using muniment::api::password::v1::EstimatePasswordStrengthResponse;

absl::StatusOr<EstimatePasswordStrengthResponse> EstimatePasswordStrength(
    Reader&, const EstimatePasswordStrengthRequest& request) {
  const PasswordStrength strength = muniment::EstimatePasswordStrength(
      request.password(), {request.known().begin(), request.known().end()});
  EstimatePasswordStrengthResponse response;
  response.set_score(static_cast<uint32_t>(strength.score));
  response.set_bits(strength.bits);
  return response;
}

}  // namespace muniment::query
