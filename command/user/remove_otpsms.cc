#include "command/user/otp_factor.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveOTPSMSRequest;
using zitadel::user::v2::RemoveOTPSMSResponse;

absl::StatusOr<RemoveOTPSMSResponse> RemoveOTPSMS(Unit& unit, const RemoveOTPSMSRequest&) {
  RETURN_IF_ERROR(RemoveOtp<SmsFactor>(unit));
  return RemoveOTPSMSResponse();
}

}  // namespace muniment::command
