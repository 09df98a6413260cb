#include "command/user/addresses.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::ResendPhoneCodeRequest;
using zitadel::user::v2::ResendPhoneCodeResponse;

absl::StatusOr<ResendPhoneCodeResponse> ResendPhoneCode(Unit& unit,
                                                        const ResendPhoneCodeRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const std::string code, SendPhoneProof(unit, user, VerificationOrSend(request),
                                                          /*again=*/true));
  ResendPhoneCodeResponse response;
  if (!code.empty()) response.set_verification_code(code);
  return response;
}

}  // namespace muniment::command
