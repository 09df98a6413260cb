#include "command/user/otp_factor.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveOTPEmailRequest;
using zitadel::user::v2::RemoveOTPEmailResponse;

absl::StatusOr<RemoveOTPEmailResponse> RemoveOTPEmail(Unit& unit, const RemoveOTPEmailRequest&) {
  RETURN_IF_ERROR(RemoveOtp<EmailFactor>(unit));
  return RemoveOTPEmailResponse();
}

}  // namespace muniment::command
