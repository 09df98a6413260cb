#include "command/user/check_code.h"
#include "command/user/new_code.h"
#include "command/user/state.h"
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

// Whoever shows the code learns of the user what it opens, and nobody without it learns a thing.
absl::StatusOr<RegisterPasskeyResponse> RegisterPasskey(Unit& unit,
                                                        const RegisterPasskeyRequest& request) {
  const auto loaded = unit.LoadTarget<User>();
  if (request.has_code() && Reason(loaded.status()) == "user.not_found") return WrongCode();
  ASSIGN_OR_RETURN(const auto user, loaded);
  RETURN_IF_ERROR(unit.AllowedOrShows(request.has_code()));
  if (request.has_code()) {
    RETURN_IF_ERROR(ShowCode(unit, user, event::v1::CODE_PURPOSE_PASSKEY, request.code().code(),
                             request.code().id()));
    RETURN_IF_ERROR(MustBeActive(unit, *user));
  }
  ASSIGN_OR_RETURN(auto begun,
                   BeginRegistration(unit, user, Authenticator::kPasskey, request.domain(),
                                     AttachmentOf(request.authenticator()), request.code().id()));
  RegisterPasskeyResponse response;
  response.set_passkey_id(std::move(begun.token_id));
  *response.mutable_public_key_credential_creation_options() = std::move(begun.options);
  return response;
}

}  // namespace muniment::command
