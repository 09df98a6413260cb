#include "command/user/otp_factor.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::AddOTPSMSRequest;
using zitadel::user::v2::AddOTPSMSResponse;

absl::StatusOr<AddOTPSMSResponse> AddOTPSMS(Unit& unit, const AddOTPSMSRequest&) {
  RETURN_IF_ERROR(AddOtp<SmsFactor>(unit));
  return AddOTPSMSResponse();
}

}  // namespace muniment::command
