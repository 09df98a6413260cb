#include "base/code.h"

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/secret.h"

namespace muniment {
namespace {

constexpr CodeKind kKinds[] = {CodeKind::kInitializeUser, CodeKind::kVerifyEmail,
                               CodeKind::kVerifyPhone,    CodeKind::kResetPassword,
                               CodeKind::kPasskeyLink,    CodeKind::kInvite,
                               CodeKind::kOtpSms,         CodeKind::kOtpEmail,
                               CodeKind::kDomainProof,    CodeKind::kClientSecret,
                               CodeKind::kSigningKey};

// Pearson's statistic of 300,000 characters against an even distribution over the alphabet, in
// standard deviations from what chance gives.
double Unevenness(absl::string_view alphabet, const std::function<std::string()>& draw) {
  std::array<double, 256> counts{};
  double drawn = 0;
  while (drawn < 300'000) {
    for (const char c : draw()) {
      ++counts[static_cast<unsigned char>(c)];
      ++drawn;
    }
  }
  const double expected = drawn / static_cast<double>(alphabet.size());
  double statistic = 0;
  for (const char c : alphabet) {
    const double off = counts[static_cast<unsigned char>(c)] - expected;
    statistic += off * off / expected;
  }
  const double freedom = static_cast<double>(alphabet.size()) - 1;
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

TEST_CASE("a new instance's generators have the published lengths, lifetimes and alphabets") {
  struct Row {
    CodeKind kind;
    uint32_t length;
    absl::Duration lifetime;
    std::string alphabet;
  };
  const std::string digits(kDigits);
  const std::string upper(kUpperAlphanumeric);
  const std::string all(kAlphanumeric);
  for (const Row& row : std::vector<Row>{{CodeKind::kInitializeUser, 6, absl::Hours(72), upper},
                                         {CodeKind::kVerifyEmail, 6, absl::Hours(1), upper},
                                         {CodeKind::kVerifyPhone, 6, absl::Hours(1), upper},
                                         {CodeKind::kResetPassword, 6, absl::Hours(1), upper},
                                         {CodeKind::kPasskeyLink, 12, absl::Hours(1), all},
                                         {CodeKind::kInvite, 6, absl::Hours(72), upper},
                                         {CodeKind::kOtpSms, 8, absl::Minutes(5), digits},
                                         {CodeKind::kOtpEmail, 8, absl::Minutes(5), digits},
                                         {CodeKind::kDomainProof, 32, absl::Duration(), all},
                                         {CodeKind::kClientSecret, 64, absl::Duration(), all},
                                         {CodeKind::kSigningKey, 36, absl::Duration(), all}}) {
    const CodeGenerator& generator = DefaultGenerator(row.kind);
    CHECK(generator.length == row.length);
    CHECK(generator.lifetime == row.lifetime);
    CHECK(Alphabet(generator) == row.alphabet);
    CHECK(CheckGenerator(generator).ok());
  }
}

TEST_CASE("codes use the whole alphabet, each character equally often") {
  CodeGenerator everything{100, {}, true, true, true, true};
  std::vector<CodeGenerator> generators = {everything};
  for (const CodeKind kind : kKinds) generators.push_back(DefaultGenerator(kind));
  for (const CodeGenerator& generator : generators) {
    CHECK(Unevenness(Alphabet(generator), [&] { return NewCode(generator); }) < 7);
  }
}

TEST_CASE("the measure of evenness notices a modulo and a character that is left out") {
  const auto by = [](absl::string_view alphabet, size_t modulus) {
    return [=] {
      std::string code;
      for (const char c : RandomBytes(100)) {
        code += alphabet[static_cast<unsigned char>(c) % modulus];
      }
      return code;
    };
  };
  for (const absl::string_view alphabet : {kDigits, kUpperAlphanumeric, kAlphanumeric}) {
    CHECK(Unevenness(alphabet, by(alphabet, alphabet.size())) > 7);
    CHECK(Unevenness(alphabet, by(alphabet, alphabet.size() - 1)) > 7);
  }
}

TEST_CASE("a typed code may have spaces, hyphens and the other case") {
  const CodeGenerator& upper = DefaultGenerator(CodeKind::kVerifyEmail);
  for (const char* typed : {"K7Q2ZD", "k7q2zd", " k7q-2zd ", "K7Q 2ZD", "K7\tQ2ZD\r\n"}) {
    CHECK(SameCode(upper, typed, "K7Q2ZD"));
  }
  for (const std::string& typed :
       {std::string("K7Q2Z"), std::string("K7Q2ZD7"), std::string("K7Q2ZE"), std::string(),
        std::string("K7Q2ZD\0", 7), std::string("\xd0\x9a" "7Q2ZD"),
        "K7Q2ZD" + std::string(1 << 20, 'x')}) {
    CHECK_FALSE(SameCode(upper, typed, "K7Q2ZD"));
  }
  CHECK_FALSE(SameCode(upper, "", ""));
  CHECK_FALSE(SameCode(upper, "- -", ""));
  // Where a generator has both cases, case counts.
  CHECK_FALSE(SameCode(DefaultGenerator(CodeKind::kPasskeyLink), "abcdefghijkl", "ABCDEFGHIJKL"));
  for (const CodeKind kind : kKinds) {
    const CodeGenerator& generator = DefaultGenerator(kind);
    const std::string code = NewCode(generator);
    CHECK(NormalizeCode(generator, code) == code);
  }
  const CodeGenerator symbols{30, {}, false, false, false, true};
  const std::string code = NewCode(symbols);
  CHECK(SameCode(symbols, code, code));
}

TEST_CASE("a generator whose codes could be guessed is refused") {
  CodeGenerator generator = DefaultGenerator(CodeKind::kOtpSms);
  generator.length = 6;
  CHECK(CheckGenerator(generator).ok());
  generator.length = 5;
  CHECK(Reason(CheckGenerator(generator)) == "code_generator.length");
  generator.length = 0;
  CHECK(Reason(CheckGenerator(generator)) == "code_generator.length");
  generator.length = UINT32_MAX;
  CHECK(Reason(CheckGenerator(generator)) == "code_generator.length");
  generator.length = 8;
  generator.lifetime = absl::Seconds(-1);
  CHECK(Reason(CheckGenerator(generator)) == "code_generator.lifetime");
  CHECK(Reason(CheckGenerator({8})) == "code_generator.alphabet");
}

TEST_CASE("limits count what a code is worth and how long it is, and say what they would take") {
  const CodeGenerator symbols{5, {}, false, false, false, true};
  CHECK(Reason(CheckGenerator(symbols)) == "code_generator.length");
  CHECK(CheckGenerator({6, {}, false, false, false, true}).ok());
  const CodeLimits secret{.min_bits = kSecretBits, .max_length = 40};
  const CodeGenerator letters{22, {}, true, true, true, false};
  CHECK(CheckGenerator(letters, secret).ok());
  const absl::Status shorter = CheckGenerator({21, {}, true, true, true, false}, secret);
  CHECK(Reason(shorter) == "code_generator.length");
  CHECK(shorter.message() ==
        "Of these 62 characters a code takes from 22, or it could be guessed, to 40.");
  CHECK(CheckGenerator({39, {}, false, false, true}, secret).ok());
  CHECK(Reason(CheckGenerator({38, {}, false, false, true}, secret)) == "code_generator.length");
  CHECK(CheckGenerator({40, {}, true, true, true}, secret).ok());
  CHECK(Reason(CheckGenerator({41, {}, true, true, true}, secret)) == "code_generator.length");
}

RecoveryCodes NewRecoveryCodes(size_t count) {
  std::vector<std::string> made;
  while (made.size() < count) made.push_back(NewCode(RecoveryGenerator()));
  return MakeRecoveryCodes(RandomBytes(kRecoverySaltBytes), made);
}

TEST_CASE("recovery codes are ten characters with a hyphen, found however they are typed") {
  const RecoveryCodes made = NewRecoveryCodes(kMaxRecoveryCodes);
  REQUIRE(made.codes.size() == 10);
  REQUIRE(made.hashes.size() == 10);
  CHECK(std::set<std::string>(made.codes.begin(), made.codes.end()).size() == 10);
  for (size_t i = 0; i < made.codes.size(); ++i) {
    const std::string& code = made.codes[i];
    CHECK(code.size() == 11);
    CHECK(code[5] == '-');
    CHECK(FindRecoveryCode(made.salt, made.hashes, code) == i);
    std::string typed = " " + code.substr(0, 5) + code.substr(6);
    for (char& c : typed) c = static_cast<char>(std::tolower(c));
    CHECK(FindRecoveryCode(made.salt, made.hashes, typed) == i);
    CHECK(made.hashes[i].find(code.substr(0, 5)) == std::string::npos);
  }
}

TEST_CASE("a recovery code works once, for its own set, and nothing else does") {
  const RecoveryCodes made = NewRecoveryCodes(3);
  const RecoveryCodes other = NewRecoveryCodes(3);
  std::vector<std::string> left = made.hashes;
  const size_t used = FindRecoveryCode(made.salt, left, made.codes[1]).value();
  left.erase(left.begin() + static_cast<std::ptrdiff_t>(used));
  CHECK_FALSE(FindRecoveryCode(made.salt, left, made.codes[1]));
  CHECK(FindRecoveryCode(made.salt, left, made.codes[2]) == 1u);
  CHECK_FALSE(FindRecoveryCode(other.salt, other.hashes, made.codes[0]));
  CHECK_FALSE(FindRecoveryCode(other.salt, made.hashes, made.codes[0]));
  for (const std::string& typed :
       {std::string(), made.codes[0].substr(0, 10), made.codes[0] + "A", std::string(1 << 20, 'A'),
        std::string("\0\0\0\0\0\0\0\0\0\0", 10), made.hashes[0]}) {
    CHECK_FALSE(FindRecoveryCode(made.salt, made.hashes, typed));
  }
  CHECK_FALSE(FindRecoveryCode(made.salt, {}, made.codes[0]));
}

}  // namespace
}  // namespace muniment
