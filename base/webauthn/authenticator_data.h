// Authenticator data (WebAuthn Level 3 section 6.1): what an authenticator signs. Pure,
// thread-safe; the bytes may be hostile.
#ifndef MUNIMENT_BASE_WEBAUTHN_AUTHENTICATOR_DATA_H_
#define MUNIMENT_BASE_WEBAUTHN_AUTHENTICATOR_DATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::webauthn {

struct AuthenticatorData {
  std::string rp_id_hash;  // 32 bytes
  bool user_present = false;
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  uint32_t sign_count = 0;
  // Attested credential data (section 6.5.1), in a registration only.
  bool attested = false;
  std::string aaguid;  // 16 bytes
  std::string credential_id;
  std::string public_key;               // COSE_Key, as it stands there
  std::vector<std::string> extensions;  // the names of those that have an output
};

// Nothing unless every byte has its place.
std::optional<AuthenticatorData> ReadAuthenticatorData(absl::string_view bytes);

}  // namespace muniment::webauthn

#endif  // MUNIMENT_BASE_WEBAUTHN_AUTHENTICATOR_DATA_H_
