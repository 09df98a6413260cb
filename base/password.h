// Password hashes: argon2id (RFC 9106) for our own, in the PHC string format, and hashes that
// people bring along from elsewhere: argon2id and argon2i with any parameters within the limits,
// and what foreign_hash.h lists.
//
//   $argon2id$v=19$m=19456,t=2,p=1$<salt, base64>$<hash, base64>
//
// Hashing takes about 7 ms of a core and 19 MiB: it belongs in the hash pool, whose threads keep
// that memory (hash_memory.h). Thread-safe. Hashes and passwords may be hostile; an imported hash
// that would cost more than kHashLimits is refused, so that no sign-in can be made to burn the
// machine.
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

// The most that an imported hash may cost: some seconds of a core and 256 MiB at the very worst,
// and more than any of these schemes' usual settings.
struct HashLimits {
  uint32_t argon2_memory_kib = 256 * 1024;
  uint32_t argon2_passes = 10;
  uint32_t argon2_lanes = 8;
  uint32_t bcrypt_cost = 16;
  uint64_t scrypt_memory = 256 << 20;  // 128 * N * r bytes; with p at most twice that
  uint32_t scrypt_log2_n = 21;
  uint32_t scrypt_r = 32;
  uint32_t scrypt_p = 16;
  uint64_t pbkdf2_rounds = 2'000'000;  // times the blocks of the digest that the hash is long
  uint32_t sha_crypt_rounds = 1'000'000;
  uint32_t phpass_log2_rounds = 20;  // Drupal's too
};
inline constexpr HashLimits kHashLimits;

// With a fresh random salt. RESOURCE_EXHAUSTED "password.hash_memory" when memory is short.
absl::StatusOr<std::string> HashPassword(absl::string_view password, Argon2idCost cost = {});

// Whether the password is the hash's. What CheckPasswordHash refuses is refused alike;
// RESOURCE_EXHAUSTED as above.
absl::StatusOr<bool> VerifyPassword(absl::string_view hash, absl::string_view password);

// The same for a guess: a wrong one takes about the time of a hash of our own, where it would have
// taken less, so that its answer does not tell where the hash comes from. A very long guess takes
// longer against some kinds.
absl::StatusOr<bool> VerifyGuess(absl::string_view hash, absl::string_view password);

// How long it takes to verify, in hashes of our own. By its kind and cost alone, measured once on one
// machine and so right within a factor; 1 for what is no hash.
double RelativeCost(absl::string_view hash);

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
