// Attestation statements (WebAuthn Level 3 section 8): none (8.7), packed (8.2) and fido-u2f (8.6).
// Internal to this folder; pure.
#ifndef MUNIMENT_BASE_WEBAUTHN_ATTESTATION_H_
#define MUNIMENT_BASE_WEBAUTHN_ATTESTATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/webauthn/authenticator_data.h"
#include "base/webauthn/cbor.h"
#include "base/webauthn/cose_key.h"
#include "base/webauthn/webauthn.h"

namespace muniment::webauthn {

struct Attested {
  absl::string_view authenticator_data;  // as it was signed
  absl::string_view client_data_hash;
  const AuthenticatorData& data;
  const CoseKey& key;
};

struct AttestationResult {
  AttestationType type = AttestationType::kNone;
  bool trusted = false;
};

// 7.1 steps 22 to 24 and 28: "webauthn.attestation_format", "webauthn.attestation",
// "webauthn.attestation_trust".
absl::StatusOr<AttestationResult> VerifyAttestation(const AttestationPolicy& policy,
                                                    const std::string& format,
                                                    const CborItem& statement,
                                                    const Attested& attested);

}  // namespace muniment::webauthn

#endif  // MUNIMENT_BASE_WEBAUTHN_ATTESTATION_H_
