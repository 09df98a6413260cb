// Key pairs with which a machine signs its assertions (RFC 7523) and an instance its tokens (RFC
// 7515): made here, or checked when its owner keeps the private half. By OpenSSL. Thread-safe; a key
// that is given may be hostile.
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
  // Of RSA an RSAPrivateKey (RFC 8017 appendix A.1.2), which every client reads; of the others a
  // PrivateKeyInfo (RFC 5958).
  Secret private_pem;
};

struct KeySpec {
  enum class Kind { kRsa, kEcdsa, kEd25519 };
  Kind kind = Kind::kRsa;
  // RSA: of the modulus, 2048 to 8192; 4096 may take seconds. ECDSA: which NIST curve, 256, 384 or
  // 521 (RFC 7518 section 3.4).
  int bits = 2048;
};

KeyPair NewKeyPair(const KeySpec& spec = {});

// The key written anew as SubjectPublicKeyInfo in PEM (RFC 7468 section 13), with nothing beside it.
// RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, and Ed25519. INVALID_ARGUMENT
// "key.malformed" for anything else, a private key too, "key.weak" for a short one.
absl::StatusOr<std::string> CheckPublicKey(absl::string_view pem);

}  // namespace muniment

#endif  // MUNIMENT_BASE_KEY_PAIR_H_
