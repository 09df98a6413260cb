// The primitives everything else is built from: SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC
// 5869), AES-256-GCM (NIST SP 800-38D), comparison in constant time, and strict encodings. What
// else takes OpenSSL stands at its own place: one-time passwords and codes (SHA-1 and SHA-512),
// imported hashes, WebAuthn's signatures, and TLS in gateway/net. Nothing else includes it.
//
// Thread-safe: OpenSSL's contexts are made once a thread and reused. Keys and nonces of a wrong
// length are broken invariants; ciphertexts and texts to decode come from outside and are refused.
//
//   Digest leaf = Sha256(absl::string_view("\0", 1), envelope, body);
//   HmacKey claims(key);  Digest mac = claims.Sign(kind, value);
#ifndef MUNIMENT_BASE_CRYPTO_H_
#define MUNIMENT_BASE_CRYPTO_H_

#include <array>
#include <compare>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

// 32 bytes of SHA-256 or HMAC-SHA-256. Its comparisons are for tables and order; against what
// somebody sent, use ConstantTimeEqual.
struct Digest {
  static constexpr size_t kSize = 32;

  std::array<char, kSize> bytes{};

  absl::string_view view() const { return {bytes.data(), bytes.size()}; }
  operator absl::string_view() const { return view(); }
  std::string str() const { return std::string(view()); }

  // Nothing unless `text` has 32 bytes.
  static std::optional<Digest> From(absl::string_view text);

  auto operator<=>(const Digest&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), digest.bytes);
  }
};

// The hash of the parts one after the other; where each ends is not part of it.
Digest Sha256(std::initializer_list<absl::string_view> parts);
template <typename... Parts>
Digest Sha256(const Parts&... parts) {
  return Sha256({absl::string_view(parts)...});
}

// A key prepared for many HMAC-SHA-256. Immutable, copies are independent, wiped when it goes.
class HmacKey {
 public:
  explicit HmacKey(absl::string_view key);
  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  ~HmacKey();

  Digest SignParts(std::initializer_list<absl::string_view> parts) const;
  template <typename... Parts>
  Digest Sign(const Parts&... parts) const {
    return SignParts({absl::string_view(parts)...});
  }

 private:
  std::array<char, 64> inner_;
  std::array<char, 64> outer_;
};

Digest HmacSha256(absl::string_view key, absl::string_view data);

// `length` <= 255 * 32 bytes of key material. An empty salt stands for 32 zeros, as the RFC says.
std::string HkdfSha256(absl::string_view key, absl::string_view salt, absl::string_view info,
                       size_t length = 32);

inline constexpr size_t kAesKeyBytes = 32;
inline constexpr size_t kAesNonceBytes = 12;
inline constexpr size_t kAesTagBytes = 16;

// The nonce of a key that seals exactly one plaintext.
inline constexpr absl::string_view kZeroNonce{"\0\0\0\0\0\0\0\0\0\0\0\0", kAesNonceBytes};

// The ciphertext with its tag behind. A key and a nonce never meet twice on different texts.
std::string AesGcmSeal(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                       absl::string_view plaintext);
// Nothing if the tag does not fit: another key, nonce, aad, or a changed byte.
std::optional<std::string> AesGcmOpen(absl::string_view key, absl::string_view nonce,
                                      absl::string_view aad, absl::string_view sealed);

// In constant time for equal lengths; different lengths are told at once.
bool ConstantTimeEqual(absl::string_view a, absl::string_view b);

// RFC 4648. Encoders write base64url without padding, base64 with it, hex in lower case. Decoders
// take only what an encoder can write (base64 and base64url each with or without padding, hex in
// either case): no white space, no stray bits.
std::string Base64UrlEncode(absl::string_view bytes);
std::optional<std::string> Base64UrlDecode(absl::string_view text);
std::string Base64Encode(absl::string_view bytes);
std::optional<std::string> Base64Decode(absl::string_view text);
std::string HexEncode(absl::string_view bytes);
std::optional<std::string> HexDecode(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_CRYPTO_H_
