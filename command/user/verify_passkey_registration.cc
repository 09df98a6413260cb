#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyPasskeyRegistrationRequest;
using zitadel::user::v2::VerifyPasskeyRegistrationResponse;

absl::StatusOr<VerifyPasskeyRegistrationResponse> VerifyPasskeyRegistration(
    Unit& unit, const VerifyPasskeyRegistrationRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(EndRegistration(unit, user, Authenticator::kPasskey, request.passkey_id(),
                                  request.public_key_credential(), request.passkey_name()));
  return VerifyPasskeyRegistrationResponse();
}

}  // namespace muniment::command
