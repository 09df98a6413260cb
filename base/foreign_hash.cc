#include "base/foreign_hash.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/password.h"
#include "base/secret.h"

namespace muniment {
namespace {

// The alphabet of crypt(3): a character's place is its value.
constexpr absl::string_view kCryptAlphabet =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kMaxText = 512;

// What takes about as long as one hash of our own (7.7 ms where it was measured): so many rounds,
// for scrypt bytes of memory.
constexpr double kBcryptRounds = 130;
constexpr double kMd5CryptRounds = 42'000;
constexpr double kSha256CryptRounds = 17'000;
constexpr double kSha512CryptRounds = 22'500;
constexpr double kPhpassRounds = 45'000;
constexpr double kDrupalRounds = 25'000;
constexpr double kPbkdf2Rounds = 26'000;      // of SHA-1 and SHA-256
constexpr double kPbkdf2LongRounds = 11'000;  // of SHA-384 and SHA-512
constexpr double kScryptBytes = 2'500'000;

using Parts = std::vector<absl::string_view>;
using Parsed = absl::StatusOr<ForeignHash>;

bool OfCryptAlphabet(absl::string_view text) {
  return text.find_first_not_of(kCryptAlphabet) == absl::string_view::npos;
}

std::string Crypt(const std::string& setting, absl::string_view password) {
  const Secret terminated(password);
  const auto data = std::make_unique<crypt_data>();
  const char* const got = crypt_r(terminated.reveal().data(), setting.c_str(), data.get());
  std::string hash(got == nullptr ? "" : got);
  explicit_bzero(data.get(), sizeof(crypt_data));
  return hash;
}

ForeignHash ByCrypt(absl::string_view text, double cost) {
  return {[setting = std::string(text)](absl::string_view password) {
            return Crypt(setting, password);
          },
          std::string(text), cost};
}

Parsed Bcrypt(absl::string_view text) {
  if (text.size() != 60 || text[6] != '$' || !OfCryptAlphabet(text.substr(7))) {
    return HashUnsupported();
  }
  const absl::string_view digits = text.substr(4, 2);
  uint32_t cost = 0;
  if (digits.find_first_not_of(kDigits) != absl::string_view::npos ||
      !absl::SimpleAtoi(digits, &cost) || cost < 4 || cost > 31) {
    return HashUnsupported();
  }
  if (cost > kHashLimits.bcrypt_cost) return HashTooCostly();
  return ByCrypt(text, (1 << cost) / kBcryptRounds);
}

// $5$ and $6$ (43 and 86 characters of hash), $1$ (22, no rounds).
Parsed UnixCrypt(absl::string_view text) {
  Parts parts = absl::StrSplit(text.substr(1), '$');
  const bool sha = parts[0] != "1";
  uint32_t rounds = sha ? 5000 : 1000;
  if (sha && parts.size() == 4 && absl::ConsumePrefix(&parts[1], "rounds=")) {
    if (!ReadHashNumber(parts[1], rounds) || rounds < 1000) return HashUnsupported();
    if (rounds > kHashLimits.sha_crypt_rounds) return HashTooCostly();
    parts.erase(parts.begin() + 1);
  }
  const size_t hash = parts[0] == "1" ? 22 : parts[0] == "5" ? 43 : 86;
  if (parts.size() != 3 || parts[1].size() > (sha ? 16 : 8) || parts[2].size() != hash ||
      !OfCryptAlphabet(parts[1]) || !OfCryptAlphabet(parts[2])) {
    return HashUnsupported();
  }
  const double own_rounds = parts[0] == "1"   ? kMd5CryptRounds
                            : parts[0] == "5" ? kSha256CryptRounds
                                              : kSha512CryptRounds;
  return ByCrypt(text, rounds / own_rounds);
}

const EVP_MD* Algorithm(absl::string_view name) {
  if (name == "md5") return EVP_md5();
  if (name == "sha1") return EVP_sha1();
  if (name == "sha224") return EVP_sha224();
  if (name == "sha256") return EVP_sha256();
  if (name == "sha384") return EVP_sha384();
  if (name == "sha512") return EVP_sha512();
  return nullptr;
}

class Hasher {
 public:
  explicit Hasher(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
    MUNIMENT_CHECK(EVP_DigestInit_ex(context_, algorithm, nullptr) == 1);
  }
  ~Hasher() { EVP_MD_CTX_free(context_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void Of(absl::string_view first, absl::string_view second, std::string& out) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    // Without an algorithm: looking one up costs more than MD5 does.
    MUNIMENT_CHECK(EVP_DigestInit_ex(context_, nullptr, nullptr) == 1 &&
                   EVP_DigestUpdate(context_, first.data(), first.size()) == 1 &&
                   EVP_DigestUpdate(context_, second.data(), second.size()) == 1 &&
                   EVP_DigestFinal_ex(context_, digest, &size) == 1);
    out.assign(reinterpret_cast<const char*>(digest), size);
  }

 private:
  EVP_MD_CTX* const context_;
};

// Three bytes as four characters, the lowest bits first.
std::string CryptEncode(absl::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      value |= uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    }
    for (size_t i = 0; i <= count; ++i) text += kCryptAlphabet[value >> (6 * i) & 63];
  }
  return text;
}

// phpass and Drupal's: <count><salt><hash> behind the prefix of three.
Parsed Stretched(absl::string_view text, const EVP_MD* algorithm, size_t hash_size,
                 double own_rounds) {
  if (text.size() != 12 + hash_size || !OfCryptAlphabet(text.substr(3))) return HashUnsupported();
  const size_t log2 = kCryptAlphabet.find(text[3]);
  if (log2 < 7 || log2 > 30) return HashUnsupported();
  if (log2 > kHashLimits.phpass_log2_rounds) return HashTooCostly();
  return ForeignHash{
      [algorithm, hash_size, log2, salt = std::string(text.substr(4, 8))](
          absl::string_view password) -> absl::StatusOr<std::string> {
        Hasher hasher(algorithm);
        std::string digest;
        hasher.Of(salt, password, digest);
        for (uint64_t i = uint64_t{1} << log2; i > 0; --i) hasher.Of(digest, password, digest);
        return CryptEncode(digest).substr(0, hash_size);
      },
      std::string(text.substr(12)), (1 << log2) / own_rounds};
}

Parsed Phpass(absl::string_view text) { return Stretched(text, EVP_md5(), 22, kPhpassRounds); }
Parsed Drupal(absl::string_view text) {
  return Stretched(text, EVP_sha512(), 43, kDrupalRounds);
}

Parsed MakePbkdf2(const EVP_MD* algorithm, uint32_t rounds, std::string salt, std::string hash) {
  const auto digest = static_cast<size_t>(EVP_MD_get_size(algorithm));
  const uint64_t blocks = (hash.size() + digest - 1) / digest;
  if (rounds * blocks > kHashLimits.pbkdf2_rounds) return HashTooCostly();
  const size_t size = hash.size();
  return ForeignHash{[algorithm, rounds, size, salt = std::move(salt)](
                         absl::string_view password) -> absl::StatusOr<std::string> {
                       std::string out(size, '\0');
                       MUNIMENT_CHECK(PKCS5_PBKDF2_HMAC(
                                          password.data(), static_cast<int>(password.size()),
                                          reinterpret_cast<const unsigned char*>(salt.data()),
                                          static_cast<int>(salt.size()), static_cast<int>(rounds),
                                          algorithm, static_cast<int>(size),
                                          reinterpret_cast<unsigned char*>(out.data())) == 1);
                       return out;
                     },
                     std::move(hash),
                     rounds * blocks / (digest > 32 ? kPbkdf2LongRounds : kPbkdf2Rounds)};
}

// "600000" as passlib writes it, or "i=600000" and "i=600000,l=32" as PHC's.
bool ReadPbkdf2Cost(absl::string_view text, uint32_t& rounds, uint32_t& length) {
  const Parts parts = absl::StrSplit(text, ',');
  if (parts.size() > 2) return false;
  if (parts.size() == 2 && !ReadHashNumber(parts[1], "l", length)) return false;
  return ReadHashNumber(parts[0], "i", rounds) ||
         (parts.size() == 1 && ReadHashNumber(parts[0], rounds));
}

Parsed Pbkdf2(absl::string_view text) {
  const Parts parts = absl::StrSplit(text.substr(1), '$');
  absl::string_view name = parts[0];
  absl::ConsumePrefix(&name, "pbkdf2");
  if (!name.empty() && !absl::ConsumePrefix(&name, "-")) return HashUnsupported();
  const EVP_MD* const algorithm = Algorithm(parts[0] == "pbkdf2" ? "sha1" : name);
  uint32_t rounds = 0;
  uint32_t length = 0;
  std::string salt;
  std::string hash;
  if (algorithm == nullptr || algorithm == EVP_md5() || parts.size() != 4 ||
      !ReadPbkdf2Cost(parts[1], rounds, length) || !ReadHashBytes(parts[2], 4, 128, salt) ||
      !ReadHashBytes(parts[3], 16, 128, hash)) {
    return HashUnsupported();
  }
  // The beginning of a hash is one too, for a shorter length: which was meant must be known.
  if (hash.size() != (length != 0 ? length : static_cast<size_t>(EVP_MD_get_size(algorithm)))) {
    return HashUnsupported();
  }
  return MakePbkdf2(algorithm, rounds, std::move(salt), std::move(hash));
}

Parsed Django(absl::string_view text) {
  const Parts parts = absl::StrSplit(text, '$');
  absl::string_view name = parts[0];
  absl::ConsumePrefix(&name, "pbkdf2_");
  const EVP_MD* const algorithm = Algorithm(name);
  uint32_t rounds = 0;
  if ((name != "sha1" && name != "sha256") || parts.size() != 4 ||
      !ReadHashNumber(parts[1], rounds) || parts[2].size() < 2) {
    return HashUnsupported();
  }
  std::optional<std::string> hash = Base64Decode(parts[3]);
  if (!hash || hash->size() != static_cast<size_t>(EVP_MD_get_size(algorithm)) ||
      parts[3].back() != '=') {
    return HashUnsupported();
  }
  return MakePbkdf2(algorithm, rounds, std::string(parts[2]), *std::move(hash));
}

Parsed Scrypt(absl::string_view text) {
  const Parts parts = absl::StrSplit(text, '$');
  uint32_t log2_n = 0;
  uint32_t r = 0;
  uint32_t p = 0;
  std::string salt;
  std::string hash;
  const Parts cost = absl::StrSplit(parts.size() == 5 ? parts[2] : "", ',');
  if (cost.size() != 3 || !ReadHashNumber(cost[0], "ln", log2_n) ||
      !ReadHashNumber(cost[1], "r", r) || !ReadHashNumber(cost[2], "p", p) ||
      !ReadHashBytes(parts[3], 4, 128, salt) || !ReadHashBytes(parts[4], 32, 32, hash)) {
    return HashUnsupported();
  }
  const HashLimits& limits = kHashLimits;
  if (log2_n > limits.scrypt_log2_n || r > limits.scrypt_r || p > limits.scrypt_p ||
      (uint64_t{r} << log2_n) * 128 > limits.scrypt_memory ||
      (uint64_t{r} << log2_n) * p * 128 > 2 * limits.scrypt_memory) {
    return HashTooCostly();
  }
  return ForeignHash{
      [log2_n, r, p, salt = std::move(salt)](
          absl::string_view password) -> absl::StatusOr<std::string> {
        std::string out(32, '\0');
        // The limit above with room for what is not the big table.
        const int made = EVP_PBE_scrypt(
            password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
            salt.size(), uint64_t{1} << log2_n, r, p, 2 * kHashLimits.scrypt_memory,
            reinterpret_cast<unsigned char*>(out.data()), out.size());
        if (made != 1) return HashMemoryShort();
        return out;
      },
      std::move(hash), double{128} * r * p * (uint64_t{1} << log2_n) / kScryptBytes};
}

Parsed MakeMd5(absl::string_view before, absl::string_view behind, absl::string_view hash) {
  std::optional<std::string> expected;
  std::string bytes;
  if (hash.size() == 32) {
    expected = HexDecode(hash);
  } else if (ReadHashBytes(absl::StripSuffix(hash, "=="), 16, 16, bytes)) {
    expected = bytes;
  }
  if (!expected) return HashUnsupported();
  return ForeignHash{[before = std::string(before), behind = std::string(behind)](
                         absl::string_view password) -> absl::StatusOr<std::string> {
                       std::string text = absl::StrCat(before, password, behind);
                       std::string digest;
                       Hasher(EVP_md5()).Of(text, "", digest);
                       Wipe(text);
                       return digest;
                     },
                     *std::move(expected)};
}

Parsed SaltedMd5(absl::string_view text) {
  const Parts parts = absl::StrSplit(text.substr(1), '$');
  if (parts.size() != 3 || parts[1].empty() || parts[1].size() > 128) return HashUnsupported();
  return parts[0] == "md5salted-prefix" ? MakeMd5(parts[1], "", parts[2])
                                        : MakeMd5("", parts[1], parts[2]);
}

struct Scheme {
  absl::string_view prefix;
  Parsed (*parse)(absl::string_view text);
};

constexpr Scheme kSchemes[] = {
    {"$2a$", Bcrypt},
    {"$2b$", Bcrypt},
    {"$2y$", Bcrypt},
    {"$1$", UnixCrypt},
    {"$5$", UnixCrypt},
    {"$6$", UnixCrypt},
    {"$P$", Phpass},
    {"$H$", Phpass},
    {"$S$", Drupal},
    {"$scrypt$", Scrypt},
    {"$pbkdf2$", Pbkdf2},
    {"$pbkdf2-", Pbkdf2},
    {"pbkdf2_", Django},
    {"$md5salted-prefix$", SaltedMd5},
    {"$md5salted-suffix$", SaltedMd5},
};

}  // namespace

absl::Status HashUnsupported() {
  return Error(absl::StatusCode::kInvalidArgument, "password.hash_unsupported",
               "The password hash is of no supported kind or is not well-formed. Supported are "
               "argon2id and argon2i (version 19), bcrypt, scrypt, PBKDF2, sha-crypt, phpass, "
               "Drupal 7 and MD5.");
}

absl::Status HashTooCostly() {
  return Error(absl::StatusCode::kInvalidArgument, "password.hash_cost",
               "The password hash asks for more memory or rounds than a sign-in may cost.");
}

absl::Status HashMemoryShort() {
  return Error(absl::StatusCode::kResourceExhausted, "password.hash_memory",
               "There is not enough memory to hash a password now.");
}

bool ReadHashNumber(absl::string_view text, uint32_t& value) {
  return !text.empty() && text.size() <= 9 && text[0] != '0' &&
         text.find_first_not_of(kDigits) == absl::string_view::npos &&
         absl::SimpleAtoi(text, &value);
}

bool ReadHashNumber(absl::string_view text, absl::string_view name, uint32_t& value) {
  return absl::ConsumePrefix(&text, name) && absl::ConsumePrefix(&text, "=") &&
         ReadHashNumber(text, value);
}

bool ReadHashBytes(absl::string_view text, size_t min, size_t max, std::string& bytes) {
  if (text.find('=') != absl::string_view::npos) return false;
  const std::optional<std::string> decoded =
      Base64Decode(absl::StrReplaceAll(text, {{".", "+"}}));
  if (!decoded) return false;
  bytes = *decoded;
  return bytes.size() >= min && bytes.size() <= max;
}

absl::StatusOr<ForeignHash> ParseForeignHash(absl::string_view text) {
  if (text.size() > kMaxText || text.find('\0') != absl::string_view::npos) {
    return HashUnsupported();
  }
  for (const Scheme& scheme : kSchemes) {
    if (absl::StartsWith(text, scheme.prefix)) return scheme.parse(text);
  }
  if (text.size() != 32) return HashUnsupported();
  return MakeMd5("", "", text);
}

}  // namespace muniment
