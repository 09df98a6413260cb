#include "base/password_strength.h"

#include <zxcvbn.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_replace.h"
#include "base/secret.h"

namespace muniment {
namespace {

constexpr size_t kMaxBytes = 100;
constexpr size_t kMaxKnown = 20;

// The library's texts end at a NUL.
std::string Terminated(absl::string_view text) {
  return absl::StrReplaceAll(text.substr(0, kMaxBytes), {{absl::string_view("\0", 1), "\x01"}});
}

}  // namespace

PasswordStrength EstimatePasswordStrength(absl::string_view password,
                                          const std::vector<std::string>& known) {
  std::vector<std::string> words;
  for (size_t i = 0; i < std::min(known.size(), kMaxKnown); ++i) {
    if (!known[i].empty()) words.push_back(Terminated(known[i]));
  }
  std::vector<const char*> dictionary;
  for (const std::string& word : words) dictionary.push_back(word.c_str());
  dictionary.push_back(nullptr);
  const Secret text(Terminated(password));
  PasswordStrength strength;
  strength.bits = ZxcvbnMatch(text.reveal().data(), dictionary.data(), nullptr);
  for (const double guesses : {1e3, 1e6, 1e8, 1e10}) {
    if (strength.bits >= std::log2(guesses)) ++strength.score;
  }
  return strength;
}

}  // namespace muniment
