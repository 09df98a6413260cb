#include "base/password.h"

#include <argon2.h>
#include <sodium.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/foreign_hash.h"
#include "base/hash_memory.h"
#include "base/secret.h"

namespace muniment {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

struct Argon2Hash {
  argon2_type type = Argon2_id;
  uint32_t memory_kib = 0;
  uint32_t passes = 0;
  uint32_t lanes = 0;
  std::string salt;
  std::string hash;
};

absl::StatusOr<Argon2Hash> ParseArgon2(absl::string_view text) {
  Argon2Hash parsed;
  if (text.size() > 512) return HashUnsupported();
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[2] != "v=19") return HashUnsupported();
  if (parts[1] != "argon2id" && parts[1] != "argon2i") return HashUnsupported();
  parsed.type = parts[1] == "argon2id" ? Argon2_id : Argon2_i;
  const std::vector<absl::string_view> cost = absl::StrSplit(parts[3], ',');
  if (cost.size() != 3 || !ReadHashNumber(cost[0], "m", parsed.memory_kib) ||
      !ReadHashNumber(cost[1], "t", parsed.passes) || !ReadHashNumber(cost[2], "p", parsed.lanes) ||
      !ReadHashBytes(parts[4], 8, 64, parsed.salt) ||
      !ReadHashBytes(parts[5], 16, 64, parsed.hash)) {
    return HashUnsupported();
  }
  if (parsed.memory_kib > kHashLimits.argon2_memory_kib ||
      parsed.passes > kHashLimits.argon2_passes || parsed.lanes > kHashLimits.argon2_lanes) {
    return HashTooCostly();
  }
  if (parsed.memory_kib < 8 * parsed.lanes) return HashUnsupported();
  return parsed;
}

bool ForSodium(const Argon2Hash& hash) {
  return hash.type == Argon2_id && hash.lanes == 1 && hash.salt.size() == crypto_pwhash_SALTBYTES;
}

double CostOf(const Argon2Hash& hash) {
  constexpr Argon2idCost kOwn;
  // What the other library takes longer, and memory that is not kept.
  constexpr double kSlower = 2;
  const double work = double{1} * hash.memory_kib * hash.passes / (kOwn.memory_kib * kOwn.passes);
  const bool kept = size_t{hash.memory_kib} * 1024 <= kMaxHashMemory;
  return ForSodium(hash) && kept ? work : work * kSlower;
}

bool IsArgon2(absl::string_view text) { return absl::StartsWith(text, "$argon2"); }

void InitSodium() {
  // Chooses the vector instructions; without it the plain implementation runs.
  static const bool ready = sodium_init() >= 0;
  MUNIMENT_CHECK(ready);
}

// libsodium is more than twice as fast as Debian's libargon2 and libgcrypt, but knows one lane and
// one salt length.
bool Argon2(const Argon2Hash& like, absl::string_view password, std::string& out) {
  out.resize(like.hash.size());
  if (ForSodium(like)) {
    InitSodium();
    const HashMemory memory;
    return crypto_pwhash(reinterpret_cast<unsigned char*>(out.data()), out.size(), password.data(),
                         password.size(), reinterpret_cast<const unsigned char*>(like.salt.data()),
                         like.passes, size_t{like.memory_kib} * 1024,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
  }
  return argon2_hash(like.passes, like.memory_kib, like.lanes, password.data(), password.size(),
                     like.salt.data(), like.salt.size(), out.data(), out.size(), nullptr, 0,
                     like.type, ARGON2_VERSION_13) == ARGON2_OK;
}

std::string Unpadded(absl::string_view bytes) {
  std::string text = Base64Encode(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<std::string> HashPassword(absl::string_view password, Argon2idCost cost) {
  MUNIMENT_CHECK(cost.memory_kib >= 8 && cost.memory_kib <= kHashLimits.argon2_memory_kib);
  MUNIMENT_CHECK(cost.passes >= 1 && cost.passes <= kHashLimits.argon2_passes);
  Argon2Hash made{Argon2_id, cost.memory_kib,         cost.passes,
                  1,         RandomBytes(kSaltBytes), std::string(kHashBytes, '\0')};
  std::string hash;
  if (!Argon2(made, password, hash)) return HashMemoryShort();
  return absl::StrCat("$argon2id$v=19$m=", cost.memory_kib, ",t=", cost.passes, ",p=1$",
                      Unpadded(made.salt), "$", Unpadded(hash));
}

absl::StatusOr<bool> VerifyPassword(absl::string_view hash, absl::string_view password) {
  if (!IsArgon2(hash)) {
    ASSIGN_OR_RETURN(const ForeignHash foreign, ParseForeignHash(hash));
    // crypt ends at the first NUL and HMAC pads its keys with them: such a password would be equal
    // to one without.
    if (password.find('\0') != absl::string_view::npos) return false;
    ASSIGN_OR_RETURN(const std::string got, foreign.compute(password));
    return ConstantTimeEqual(got, foreign.expected);
  }
  ASSIGN_OR_RETURN(const Argon2Hash parsed, ParseArgon2(hash));
  std::string got;
  if (!Argon2(parsed, password, got)) return HashMemoryShort();
  return ConstantTimeEqual(got, parsed.hash);
}

double RelativeCost(absl::string_view hash) {
  if (IsArgon2(hash)) {
    const absl::StatusOr<Argon2Hash> parsed = ParseArgon2(hash);
    return parsed.ok() ? CostOf(*parsed) : 1;
  }
  const absl::StatusOr<ForeignHash> foreign = ParseForeignHash(hash);
  return foreign.ok() ? foreign->cost : 1;
}

absl::StatusOr<bool> VerifyGuess(absl::string_view hash, absl::string_view password) {
  ASSIGN_OR_RETURN(const bool right, VerifyPassword(hash, password));
  if (right) return true;
  const bool computed = IsArgon2(hash) || password.find('\0') == absl::string_view::npos;
  const double rest = 1 - (computed ? RelativeCost(hash) : 0);
  const Argon2idCost own;
  Argon2Hash filler{Argon2_id, 0, own.passes, 1, std::string(kSaltBytes, '\0'),
                    std::string(kHashBytes, '\0')};
  filler.memory_kib = static_cast<uint32_t>(std::max(rest, 0.0) * own.memory_kib);
  std::string got;
  if (filler.memory_kib >= 8 && !Argon2(filler, password, got)) return HashMemoryShort();
  return false;
}

absl::Status CheckPasswordHash(absl::string_view hash) {
  return IsArgon2(hash) ? ParseArgon2(hash).status() : ParseForeignHash(hash).status();
}

bool NeedsRehash(absl::string_view hash, Argon2idCost cost) {
  const absl::StatusOr<Argon2Hash> parsed = ParseArgon2(hash);
  return !parsed.ok() || parsed->type != Argon2_id || parsed->memory_kib != cost.memory_kib ||
         parsed->passes != cost.passes || parsed->lanes != 1 || parsed->salt.size() < kSaltBytes ||
         parsed->hash.size() < kHashBytes;
}

const std::string& DecoyHash() {
  static const std::string* const decoy = [] {
    const Argon2idCost cost;
    return new std::string(absl::StrCat("$argon2id$v=19$m=", cost.memory_kib, ",t=", cost.passes,
                                        ",p=1$", Unpadded(RandomBytes(kSaltBytes)), "$",
                                        Unpadded(RandomBytes(kHashBytes))));
  }();
  return *decoy;
}

}  // namespace muniment
