#include "base/password.h"

#include <argon2.h>
#include <crypt.h>
#include <sodium.h>

#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

namespace muniment {
namespace {

constexpr uint32_t kMaxMemoryKib = 256 * 1024;
constexpr uint32_t kMaxPasses = 10;
constexpr uint32_t kMaxLanes = 8;
constexpr uint32_t kMaxBcryptCost = 16;
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

absl::Status Unsupported() {
  return Error(absl::StatusCode::kInvalidArgument, "password.hash_unsupported",
               "The password hash must be argon2id, argon2i (version 19) or bcrypt.");
}

absl::Status TooCostly() {
  return Error(absl::StatusCode::kInvalidArgument, "password.hash_cost",
               "The password hash asks for more than 256 MiB, 10 passes, 8 lanes or bcrypt cost "
               "16.");
}

absl::Status NoMemory() {
  return Error(absl::StatusCode::kResourceExhausted, "password.hash_memory",
               "There is not enough memory to hash a password now.");
}

// "m=19456" with name "m"; at most nine digits and no leading zero.
bool ReadNumber(absl::string_view text, absl::string_view name, uint32_t& value) {
  if (!absl::ConsumePrefix(&text, name) || !absl::ConsumePrefix(&text, "=")) return false;
  if (text.empty() || text.size() > 9 || text[0] == '0') return false;
  return text.find_first_not_of(kDigits) == absl::string_view::npos &&
         absl::SimpleAtoi(text, &value);
}

bool ReadBytes(absl::string_view text, size_t min, size_t max, std::string& bytes) {
  const std::optional<std::string> decoded = Base64Decode(text);
  if (!decoded || text.find('=') != absl::string_view::npos) return false;
  bytes = *decoded;
  return bytes.size() >= min && bytes.size() <= max;
}

absl::StatusOr<Argon2Hash> ParseArgon2(absl::string_view text) {
  Argon2Hash parsed;
  if (text.size() > 512) return Unsupported();
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[2] != "v=19") return Unsupported();
  if (parts[1] != "argon2id" && parts[1] != "argon2i") return Unsupported();
  parsed.type = parts[1] == "argon2id" ? Argon2_id : Argon2_i;
  const std::vector<absl::string_view> cost = absl::StrSplit(parts[3], ',');
  if (cost.size() != 3 || !ReadNumber(cost[0], "m", parsed.memory_kib) ||
      !ReadNumber(cost[1], "t", parsed.passes) || !ReadNumber(cost[2], "p", parsed.lanes) ||
      !ReadBytes(parts[4], 8, 64, parsed.salt) || !ReadBytes(parts[5], 16, 64, parsed.hash)) {
    return Unsupported();
  }
  if (parsed.memory_kib > kMaxMemoryKib || parsed.passes > kMaxPasses || parsed.lanes > kMaxLanes) {
    return TooCostly();
  }
  if (parsed.memory_kib < 8 * parsed.lanes) return Unsupported();
  return parsed;
}

bool IsBcrypt(absl::string_view text) {
  return absl::StartsWith(text, "$2a$") || absl::StartsWith(text, "$2b$") ||
         absl::StartsWith(text, "$2y$");
}

absl::Status CheckBcrypt(absl::string_view text) {
  constexpr absl::string_view kAlphabet =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (text.size() != 60 || text[6] != '$') return Unsupported();
  if (text.substr(7).find_first_not_of(kAlphabet) != absl::string_view::npos) return Unsupported();
  const absl::string_view digits = text.substr(4, 2);
  uint32_t cost = 0;
  if (digits.find_first_not_of(kDigits) != absl::string_view::npos ||
      !absl::SimpleAtoi(digits, &cost) || cost < 4 || cost > 31) {
    return Unsupported();
  }
  return cost > kMaxBcryptCost ? TooCostly() : absl::OkStatus();
}

void InitSodium() {
  // Chooses the vector instructions; without it the plain implementation runs.
  static const bool ready = sodium_init() >= 0;
  MUNIMENT_CHECK(ready);
}

// libsodium is nearly twice as fast as Debian's libargon2, but knows one lane and one salt length.
bool Argon2(const Argon2Hash& like, absl::string_view password, std::string& out) {
  out.resize(like.hash.size());
  if (like.type == Argon2_id && like.lanes == 1 && like.salt.size() == crypto_pwhash_SALTBYTES) {
    InitSodium();
    return crypto_pwhash(reinterpret_cast<unsigned char*>(out.data()), out.size(), password.data(),
                         password.size(), reinterpret_cast<const unsigned char*>(like.salt.data()),
                         like.passes, size_t{like.memory_kib} * 1024,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
  }
  return argon2_hash(like.passes, like.memory_kib, like.lanes, password.data(), password.size(),
                     like.salt.data(), like.salt.size(), out.data(), out.size(), nullptr, 0,
                     like.type, ARGON2_VERSION_13) == ARGON2_OK;
}

bool VerifyBcrypt(const std::string& hash, absl::string_view password) {
  // crypt ends at the first NUL: such a password would be equal to its own beginning.
  if (password.find('\0') != absl::string_view::npos) return false;
  const Secret terminated(password);
  const auto data = std::make_unique<crypt_data>();
  const char* const got = crypt_r(terminated.reveal().data(), hash.c_str(), data.get());
  const bool equal = got != nullptr && ConstantTimeEqual(got, hash);
  sodium_memzero(data.get(), sizeof(crypt_data));
  return equal;
}

std::string Unpadded(absl::string_view bytes) {
  std::string text = Base64Encode(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<std::string> HashPassword(absl::string_view password, Argon2idCost cost) {
  MUNIMENT_CHECK(cost.memory_kib >= 8 && cost.memory_kib <= kMaxMemoryKib);
  MUNIMENT_CHECK(cost.passes >= 1 && cost.passes <= kMaxPasses);
  Argon2Hash made{Argon2_id, cost.memory_kib,         cost.passes,
                  1,         RandomBytes(kSaltBytes), std::string(kHashBytes, '\0')};
  std::string hash;
  if (!Argon2(made, password, hash)) return NoMemory();
  return absl::StrCat("$argon2id$v=19$m=", cost.memory_kib, ",t=", cost.passes, ",p=1$",
                      Unpadded(made.salt), "$", Unpadded(hash));
}

absl::StatusOr<bool> VerifyPassword(absl::string_view hash, absl::string_view password) {
  if (IsBcrypt(hash)) {
    RETURN_IF_ERROR(CheckBcrypt(hash));
    return VerifyBcrypt(std::string(hash), password);
  }
  ASSIGN_OR_RETURN(const Argon2Hash parsed, ParseArgon2(hash));
  std::string got;
  if (!Argon2(parsed, password, got)) return NoMemory();
  return ConstantTimeEqual(got, parsed.hash);
}

absl::Status CheckPasswordHash(absl::string_view hash) {
  return IsBcrypt(hash) ? CheckBcrypt(hash) : ParseArgon2(hash).status();
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
