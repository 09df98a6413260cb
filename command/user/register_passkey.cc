#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RegisterPasskeyRequest;
using zitadel::user::v2::RegisterPasskeyResponse;

namespace {

// The published numbers.
webauthn::Attachment AttachmentOf(zitadel::user::v2::PasskeyAuthenticator wanted) {
  switch (wanted) {
    case zitadel::user::v2::PASSKEY_AUTHENTICATOR_PLATFORM: return webauthn::Attachment::kPlatform;
    case zitadel::user::v2::PASSKEY_AUTHENTICATOR_CROSS_PLATFORM:
      return webauthn::Attachment::kCrossPlatform;
    default: return webauthn::Attachment::kAny;
  }
}

}  // namespace

absl::StatusOr<RegisterPasskeyResponse> RegisterPasskey(Unit& unit,
                                                        const RegisterPasskeyRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(auto begun,
                   BeginRegistration(unit, user, Authenticator::kPasskey, request.domain(),
                                     AttachmentOf(request.authenticator())));
  RegisterPasskeyResponse response;
  response.set_passkey_id(std::move(begun.token_id));
  *response.mutable_public_key_credential_creation_options() = std::move(begun.options);
  return response;
}

}  // namespace muniment::command
