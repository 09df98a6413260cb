// Password hashes: argon2id (RFC 9106) for our own, in the PHC string format, and hashes that
// people bring along from elsewhere: argon2id and argon2i with any parameters within the limits,
// and bcrypt
// ($2a$, $2b$, $2y$).
//
//   $argon2id$v=19$m=19456,t=2,p=1$<salt, base64>$<hash, base64>
//
// Hashing takes about 10 ms of a core and 19 MiB: it belongs in the hash pool. A bcrypt hash of
// cost 12 takes some 200 ms. Thread-safe. Hashes and passwords may be hostile; an imported hash is
// refused when it would cost more than 256 MiB, 10 passes, 8 lanes or bcrypt cost 16, so that no
// sign-in can be made to burn the machine.
#ifndef MUNIMENT_BASE_PASSWORD_H_
#define MUNIMENT_BASE_PASSWORD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

// OWASP's recommendation for argon2id.
struct Argon2idCost {
  uint32_t memory_kib = 19 * 1024;
  uint32_t passes = 2;
};

// With a fresh random salt. RESOURCE_EXHAUSTED "password.hash_memory" when memory is short.
absl::StatusOr<std::string> HashPassword(absl::string_view password, Argon2idCost cost = {});

// Whether the password is the hash's. What CheckPasswordHash refuses is refused alike;
// RESOURCE_EXHAUSTED as above.
absl::StatusOr<bool> VerifyPassword(absl::string_view hash, absl::string_view password);

// OK if VerifyPassword can work with it. INVALID_ARGUMENT "password.hash_unsupported" for another
// format or a malformed text, "password.hash_cost" beyond the limits.
absl::Status CheckPasswordHash(absl::string_view hash);

// Whether a hash should be made anew from a password that just proved right: it is not argon2id at
// this cost.
bool NeedsRehash(absl::string_view hash, Argon2idCost cost = {});

// A hash of the default cost that no password is known for: what an unknown name is checked
// against, so that it costs the same time as a known one.
const std::string& DecoyHash();

}  // namespace muniment

#endif  // MUNIMENT_BASE_PASSWORD_H_
