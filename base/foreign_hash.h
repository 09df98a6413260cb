// Password hashes made elsewhere, as people bring them along. They are only ever verified; a
// password that proves right is hashed anew as our own (password.h).
//
//   bcrypt      $2a$12$<22><31>, $2b$, $2y$
//   scrypt      $scrypt$ln=16,r=8,p=1$<salt>$<hash>            (RFC 7914; 32 bytes)
//   PBKDF2      $pbkdf2-sha256$600000$<salt>$<hash>            (RFC 8018; sha1, sha224, sha256,
//               $pbkdf2-sha256$i=600000,l=32$<salt>$<hash>     sha384, sha512; $pbkdf2$ is sha1)
//               pbkdf2_sha256$600000$<salt as it is>$<hash>    (Django's writing)
//   sha-crypt   $5$<salt>$<43>, $6$rounds=100000$<salt>$<86>
//   phpass      $P$B<8><22>, $H$
//   Drupal 7    $S$D<8><43>
//   MD5         $1$<salt>$<22>, the digest in hex, and salted in front or behind:
//               $md5salted-prefix$<salt>$<hash>, $md5salted-suffix$<salt>$<hash>
//
// Base64 is without padding (Django's with it) and may have "." for "+", as passlib writes it; the
// salted MD5's hash may be hex or base64. What does not parse whole, is spelled in a second way, or
// would cost more than kHashLimits allows is refused before any work. Thread-safe, pure.
#ifndef MUNIMENT_BASE_FOREIGN_HASH_H_
#define MUNIMENT_BASE_FOREIGN_HASH_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

struct ForeignHash {
  // What a password without NUL gives, to be equal to `expected`; empty where it cannot have been
  // hashed that way. RESOURCE_EXHAUSTED "password.hash_memory".
  std::function<absl::StatusOr<std::string>(absl::string_view password)> compute;
  std::string expected;
  // RelativeCost (password.h).
  double cost = 0;
};

// INVALID_ARGUMENT "password.hash_unsupported" or "password.hash_cost", as CheckPasswordHash.
absl::StatusOr<ForeignHash> ParseForeignHash(absl::string_view text);

// The errors, shared with our own format.
absl::Status HashUnsupported();
absl::Status HashTooCostly();
absl::Status HashMemoryShort();

// Decimal without a leading zero, at most nine digits.
bool ReadHashNumber(absl::string_view text, uint32_t& value);
// The same as a parameter, "m=19456" with name "m".
bool ReadHashNumber(absl::string_view text, absl::string_view name, uint32_t& value);
// Base64 without padding, of `min` to `max` bytes.
bool ReadHashBytes(absl::string_view text, size_t min, size_t max, std::string& bytes);

}  // namespace muniment

#endif  // MUNIMENT_BASE_FOREIGN_HASH_H_
