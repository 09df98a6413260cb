// Codes that people type: one-time codes of a mail or a message, and recovery codes.
//
//   const CodeGenerator& generator = DefaultGenerator(CodeKind::kVerifyEmail);
//   const std::string code = NewCode(generator);              // "K7Q2ZD"
//   if (SameCode(generator, request.code(), code)) ...        // " k7q-2zd" is the same
//
// A generator is a length, a lifetime and the classes of characters its codes are made of, as an
// instance may set it; every character of every class is equally likely. A code is worth nothing
// without a counter of wrong tries: six characters of 36 are 31 bits. Pure but for NewCode,
// which draws from the kernel's generator. Thread-safe; what is typed may be hostile.
#ifndef MUNIMENT_BASE_CODE_H_
#define MUNIMENT_BASE_CODE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment {

struct CodeGenerator {
  uint32_t length = 0;
  absl::Duration lifetime;  // zero: never expires
  bool lower_letters = false;
  bool upper_letters = false;
  bool digits = false;
  bool symbols = false;

  bool operator==(const CodeGenerator&) const = default;
};

enum class CodeKind {
  kInitializeUser,
  kVerifyEmail,
  kVerifyPhone,
  kResetPassword,
  kPasskeyLink,
  kInvite,
  kOtpSms,
  kOtpEmail,
  kDomainProof,
  kClientSecret,
  kSigningKey,
};

// The generator that a new instance has.
const CodeGenerator& DefaultGenerator(CodeKind kind);

// Its characters, each once: digits, upper, lower, symbols. No symbol is a space, a hyphen, a quote
// or means anything in a URL.
std::string Alphabet(const CodeGenerator& generator);

// How long codes may be, and what they are worth at least: six digits have 19.9 bits, so six wrong
// tries find one in some 90,000.
struct CodeLimits {
  double min_bits = 19;
  uint32_t max_length = 200;
};
// Of a secret whose tries nobody counts: to find one takes as long as to find a key of AES-128, so a
// plain hash of it may be kept.
inline constexpr double kSecretBits = 128;

// INVALID_ARGUMENT "code_generator.alphabet" without a class, "code_generator.length" for what is
// beyond the limits, "code_generator.lifetime" for a negative one.
absl::Status CheckGenerator(const CodeGenerator& generator, const CodeLimits& limits = {});

// log2 of the number of codes.
double CodeBits(const CodeGenerator& generator);

// The generator must be one that CheckGenerator passes.
std::string NewCode(const CodeGenerator& generator);

// The code as it was made: spaces and hyphens dropped, in upper case where the generator has no
// lower.
std::string NormalizeCode(const CodeGenerator& generator, absl::string_view typed);

// In constant time for equal lengths; nothing is the same as an empty code.
bool SameCode(const CodeGenerator& generator, absl::string_view typed, absl::string_view code);

// Recovery codes: at most ten, of ten characters A-Z 0-9 with a hyphen in the middle (51 bits),
// shown once and kept as hashes. A hash is 1,000 rounds of PBKDF2-HMAC-SHA-256 (RFC 8018) under the
// set's own random salt; a try costs one of them, 0.2 ms, however many codes there are. That is
// enough: nobody chooses these codes, so a guess is worth 10 in 36^10, tries are counted, and the
// hashes lie sealed under their person's key. Whoever has that too has 3.6e18 rounds before him.
inline constexpr size_t kMaxRecoveryCodes = 10;

// What they are made by: the codes themselves come from NewCode.
const CodeGenerator& RecoveryGenerator();

struct RecoveryCodes {
  std::string salt;
  std::vector<std::string> codes;   // "K7Q2Z-DP40B", to be shown
  std::vector<std::string> hashes;  // 32 bytes each, in the same order
};

inline constexpr size_t kRecoverySaltBytes = 16;

// Of codes that RecoveryGenerator made and a random salt of the set's own.
RecoveryCodes MakeRecoveryCodes(std::string salt, const std::vector<std::string>& made);

// Which of the hashes the typed code has, if any; the caller drops it there, for a code works once.
// Looks at all of them, in constant time for their number.
std::optional<size_t> FindRecoveryCode(absl::string_view salt,
                                       const std::vector<std::string>& hashes,
                                       absl::string_view typed);

}  // namespace muniment

#endif  // MUNIMENT_BASE_CODE_H_
