#include "command/user/addresses.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::SetPhoneRequest;
using zitadel::user::v2::SetPhoneResponse;

absl::StatusOr<SetPhoneResponse> SetPhone(Unit& unit, const SetPhoneRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const std::string code, ChangePhone(unit, user, request.phone(),
                                                       VerificationOrSend(request)));
  SetPhoneResponse response;
  if (!code.empty()) response.set_verification_code(code);
  return response;
}

}  // namespace muniment::command
