#include "command/user/otp_factor.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::AddOTPEmailRequest;
using zitadel::user::v2::AddOTPEmailResponse;

absl::StatusOr<AddOTPEmailResponse> AddOTPEmail(Unit& unit, const AddOTPEmailRequest&) {
  RETURN_IF_ERROR(AddOtp<EmailFactor>(unit));
  return AddOTPEmailResponse();
}

}  // namespace muniment::command
