#include "command/user/addresses.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::ResendEmailCodeRequest;
using zitadel::user::v2::ResendEmailCodeResponse;

absl::StatusOr<ResendEmailCodeResponse> ResendEmailCode(Unit& unit,
                                                        const ResendEmailCodeRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const std::string code, SendEmailProof(unit, user, VerificationOrSend(request),
                                                          /*again=*/true));
  ResendEmailCodeResponse response;
  if (!code.empty()) response.set_verification_code(code);
  return response;
}

}  // namespace muniment::command
