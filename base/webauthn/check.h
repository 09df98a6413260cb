// The refusals of WebAuthn's checks (webauthn.h lists them), and the checks that registration and
// assertion share. Internal to this folder.
#ifndef MUNIMENT_BASE_WEBAUTHN_CHECK_H_
#define MUNIMENT_BASE_WEBAUTHN_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/webauthn/authenticator_data.h"
#include "base/webauthn/webauthn.h"

namespace muniment::webauthn {

// INVALID_ARGUMENT "webauthn.<check>".
absl::Status Refuse(absl::string_view check, absl::string_view message);
absl::Status Malformed(absl::string_view what);

// 7.1 steps 5 to 11, 7.2 steps 7 to 13; `type` is "webauthn.create" or "webauthn.get".
absl::Status CheckClientData(const Ceremony& ceremony, absl::string_view type,
                             absl::string_view client_data_json);

// 7.1 steps 14 to 17, 7.2 steps 15 to 18.
absl::Status CheckAuthenticatorData(const Ceremony& ceremony, const AuthenticatorData& data);

}  // namespace muniment::webauthn

#endif  // MUNIMENT_BASE_WEBAUTHN_CHECK_H_
