#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyU2FRegistrationRequest;
using zitadel::user::v2::VerifyU2FRegistrationResponse;

absl::StatusOr<VerifyU2FRegistrationResponse> VerifyU2FRegistration(
    Unit& unit, const VerifyU2FRegistrationRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(EndRegistration(unit, user, Authenticator::kSecurityKey, request.u2f_id(),
                                  request.public_key_credential(), request.token_name()));
  return VerifyU2FRegistrationResponse();
}

}  // namespace muniment::command
