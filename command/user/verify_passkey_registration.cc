#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyPasskeyRegistrationRequest;
using zitadel::user::v2::VerifyPasskeyRegistrationResponse;

namespace {

// By a code: the answer is held against a challenge that he alone was told.
bool Began(const Caller& caller, const UserFactors& factors, const std::string& passkey_id) {
  const auto begun = factors.passkeys.find(passkey_id);
  return begun != factors.passkeys.end() && !begun->second.registration.begun_by().empty() &&
         begun->second.registration.begun_by() == caller.user_id;
}

}  // namespace

absl::StatusOr<VerifyPasskeyRegistrationResponse> VerifyPasskeyRegistration(
    Unit& unit, const VerifyPasskeyRegistrationRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  RETURN_IF_ERROR(unit.AllowedOrShows(Began(unit.caller(), *factors, request.passkey_id())));
  RETURN_IF_ERROR(EndRegistration(unit, user, Authenticator::kPasskey, request.passkey_id(),
                                  request.public_key_credential(), request.passkey_name()));
  return VerifyPasskeyRegistrationResponse();
}

}  // namespace muniment::command
