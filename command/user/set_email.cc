#include "command/user/addresses.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::SetEmailRequest;
using zitadel::user::v2::SetEmailResponse;

absl::StatusOr<SetEmailResponse> SetEmail(Unit& unit, const SetEmailRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const std::string code, ChangeEmail(unit, user, request.email(),
                                                       VerificationOrSend(request)));
  SetEmailResponse response;
  if (!code.empty()) response.set_verification_code(code);
  return response;
}

}  // namespace muniment::command
