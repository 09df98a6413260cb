#include "base/code.h"

#include <openssl/evp.h>

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

namespace muniment {
namespace {

constexpr absl::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr absl::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr absl::string_view kSymbols = "!$()*,.;@^_~";
// What is typed is read no further: longer than any code with a separator behind each character.
constexpr size_t kMaxTyped = 2 * CodeLimits().max_length;

constexpr size_t kHalf = 5;
constexpr int kRounds = 1000;
constexpr CodeGenerator kRecovery{2 * kHalf, absl::ZeroDuration(), false, true, true};

std::string HashRecoveryCode(absl::string_view salt, absl::string_view normalized) {
  std::string hash(Digest::kSize, '\0');
  MUNIMENT_CHECK(PKCS5_PBKDF2_HMAC(normalized.data(), static_cast<int>(normalized.size()),
                                   reinterpret_cast<const unsigned char*>(salt.data()),
                                   static_cast<int>(salt.size()), kRounds, EVP_sha256(),
                                   static_cast<int>(hash.size()),
                                   reinterpret_cast<unsigned char*>(hash.data())) == 1);
  return hash;
}

}  // namespace

const CodeGenerator& DefaultGenerator(CodeKind kind) {
  const auto upper = [](uint32_t length, absl::Duration lifetime) {
    return CodeGenerator{length, lifetime, false, true, true};
  };
  const auto letters = [](uint32_t length, absl::Duration lifetime) {
    return CodeGenerator{length, lifetime, true, true, true};
  };
  const auto numeric = [](uint32_t length, absl::Duration lifetime) {
    return CodeGenerator{length, lifetime, false, false, true};
  };
  static const CodeGenerator generators[] = {
      upper(6, absl::Hours(72)),          // kInitializeUser
      upper(6, absl::Hours(1)),           // kVerifyEmail
      upper(6, absl::Hours(1)),           // kVerifyPhone
      upper(6, absl::Hours(1)),           // kResetPassword
      letters(12, absl::Hours(1)),        // kPasskeyLink
      upper(6, absl::Hours(72)),          // kInvite
      numeric(8, absl::Minutes(5)),       // kOtpSms
      numeric(8, absl::Minutes(5)),       // kOtpEmail
      letters(32, absl::ZeroDuration()),  // kDomainProof
      letters(64, absl::ZeroDuration()),  // kClientSecret
      letters(36, absl::ZeroDuration()),  // kSigningKey
  };
  return generators[static_cast<size_t>(kind)];
}

std::string Alphabet(const CodeGenerator& generator) {
  return absl::StrCat(generator.digits ? kDigits : "", generator.upper_letters ? kUpper : "",
                      generator.lower_letters ? kLower : "", generator.symbols ? kSymbols : "");
}

double CodeBits(const CodeGenerator& generator) {
  const std::string alphabet = Alphabet(generator);
  return alphabet.empty() ? 0 : generator.length * std::log2(alphabet.size());
}

absl::Status CheckGenerator(const CodeGenerator& generator, const CodeLimits& limits) {
  const auto refuse = [](absl::string_view reason, absl::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, reason, message);
  };
  const std::string alphabet = Alphabet(generator);
  if (alphabet.empty()) {
    return refuse("code_generator.alphabet", "A code needs letters, digits or symbols.");
  }
  if (generator.length > limits.max_length || CodeBits(generator) < limits.min_bits) {
    const double least = std::ceil(limits.min_bits / std::log2(alphabet.size()));
    return refuse("code_generator.length",
                  absl::StrCat("Of these ", alphabet.size(), " characters a code takes from ", least,
                               ", or it could be guessed, to ", limits.max_length, "."));
  }
  if (generator.lifetime < absl::ZeroDuration()) {
    return refuse("code_generator.lifetime", "The lifetime must not be negative.");
  }
  return absl::OkStatus();
}

std::string NewCode(const CodeGenerator& generator) {
  MUNIMENT_CHECK(CheckGenerator(generator).ok());
  return RandomString(generator.length, Alphabet(generator));
}

std::string NormalizeCode(const CodeGenerator& generator, absl::string_view typed) {
  std::string code;
  for (const char c : typed.substr(0, kMaxTyped)) {
    if (c == '-' || absl::ascii_isspace(static_cast<unsigned char>(c))) continue;
    code += generator.lower_letters ? c : absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return code;
}

bool SameCode(const CodeGenerator& generator, absl::string_view typed, absl::string_view code) {
  return !code.empty() && ConstantTimeEqual(NormalizeCode(generator, typed), code);
}

const CodeGenerator& RecoveryGenerator() { return kRecovery; }

RecoveryCodes MakeRecoveryCodes(std::string salt, const std::vector<std::string>& made) {
  RecoveryCodes set{.salt = std::move(salt)};
  for (const std::string& code : made) {
    set.codes.push_back(absl::StrCat(code.substr(0, kHalf), "-", code.substr(kHalf)));
    set.hashes.push_back(HashRecoveryCode(set.salt, code));
  }
  return set;
}

std::optional<size_t> FindRecoveryCode(absl::string_view salt,
                                       const std::vector<std::string>& hashes,
                                       absl::string_view typed) {
  const std::string code = NormalizeCode(kRecovery, typed);
  // Of another length it costs the same, so that a try tells nothing.
  const std::string hash = HashRecoveryCode(salt, code);
  std::optional<size_t> found;
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (ConstantTimeEqual(hash, hashes[i])) found = i;
  }
  return code.size() == kRecovery.length ? found : std::nullopt;
}

}  // namespace muniment
