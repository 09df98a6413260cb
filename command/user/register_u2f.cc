#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RegisterU2FRequest;
using zitadel::user::v2::RegisterU2FResponse;

absl::StatusOr<RegisterU2FResponse> RegisterU2F(Unit& unit, const RegisterU2FRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(auto begun, BeginRegistration(unit, user, Authenticator::kSecurityKey,
                                                 request.domain()));
  RegisterU2FResponse response;
  response.set_u2f_id(std::move(begun.token_id));
  *response.mutable_public_key_credential_creation_options() = std::move(begun.options);
  return response;
}

}  // namespace muniment::command
