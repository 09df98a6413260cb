// Public keys as authenticators write them (COSE_Key, RFC 9052 section 7 with RFC 9053; WebAuthn
// Level 3 section 5.8.5), and the signatures made with their private halves. By OpenSSL. Pure,
// thread-safe; keys, signatures and certificates may be hostile.
//
// A key is taken only in the one form its algorithm prescribes: ES256 is P-256 uncompressed and on
// the curve, EdDSA is Ed25519, RS256 has 2048 to 4096 bits and an exponent of at most 32.
#ifndef MUNIMENT_BASE_WEBAUTHN_COSE_KEY_H_
#define MUNIMENT_BASE_WEBAUTHN_COSE_KEY_H_

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "base/webauthn/cbor.h"

namespace muniment::webauthn {

// IANA COSE Algorithms.
inline constexpr int64_t kEs256 = -7;
inline constexpr int64_t kEdDsa = -8;
inline constexpr int64_t kRs256 = -257;

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyDeleter>;

struct CoseKey {
  int64_t algorithm = 0;
  KeyPtr key;                // null: not a key of a known algorithm
  std::string uncompressed;  // of ES256: 0x04 and both coordinates
};

CoseKey ReadCoseKey(const CborItem& item);
CoseKey ReadCoseKey(absl::string_view bytes);

// Whether `signature` over `data` is the key's, by that algorithm; false for a key of another kind.
bool VerifySignature(EVP_PKEY* key, int64_t algorithm, absl::string_view data,
                     absl::string_view signature);

}  // namespace muniment::webauthn

#endif  // MUNIMENT_BASE_WEBAUTHN_COSE_KEY_H_
