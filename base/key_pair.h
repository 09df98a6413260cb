// Key pairs with which a machine signs its assertions (RFC 7523): made here, or checked when its
// owner keeps the private half. By OpenSSL. Thread-safe; a key that is given may be hostile.
//
//   const KeyPair pair = NewKeyPair();                   // RSA, 2048 bits; 50 to 500 ms of a core
//   ASSIGN_OR_RETURN(const std::string pem, CheckPublicKey(request.public_key()));
#ifndef MUNIMENT_BASE_KEY_PAIR_H_
#define MUNIMENT_BASE_KEY_PAIR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace muniment {

struct KeyPair {
  std::string public_pem;  // SubjectPublicKeyInfo (RFC 5280 section 4.1)
  Secret private_pem;      // RSAPrivateKey (RFC 8017 appendix A.1.2), which every client reads
};

KeyPair NewKeyPair();

// The key written anew as SubjectPublicKeyInfo in PEM (RFC 7468 section 13), with nothing beside it.
// RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, and Ed25519. INVALID_ARGUMENT
// "key.malformed" for anything else, a private key too, "key.weak" for a short one.
absl::StatusOr<std::string> CheckPublicKey(absl::string_view pem);

}  // namespace muniment

#endif  // MUNIMENT_BASE_KEY_PAIR_H_
