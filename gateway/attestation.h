// What new passkeys and security keys must show of their make, from the configuration.
//
//   ASSIGN_OR_RETURN(ports.attestation, AttestationOf(config));
//
// Errors: INVALID_ARGUMENT "config.invalid_value" for a file of roots that cannot be read or holds
// something else.
#ifndef MUNIMENT_GATEWAY_ATTESTATION_H_
#define MUNIMENT_GATEWAY_ATTESTATION_H_

#include "absl/status/statusor.h"
#include "base/webauthn/webauthn.h"
#include "gateway/config.h"

namespace muniment::gateway {

absl::StatusOr<webauthn::AttestationPolicy> AttestationOf(const Config& config);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_ATTESTATION_H_
