#include "base/password_complexity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment {
namespace {

absl::Status Refused(absl::string_view what, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat("password.", what), message);
}

bool IsUpper(char c) { return absl::ascii_isupper(c); }
bool IsLower(char c) { return absl::ascii_islower(c); }
bool IsNumber(char c) { return absl::ascii_isdigit(c); }
bool IsSymbol(char c) { return !absl::ascii_isalnum(c); }

bool Has(absl::string_view text, bool (*is)(char)) {
  return std::any_of(text.begin(), text.end(), is);
}

}  // namespace

absl::Status CheckPassword(const PasswordRules& rules, absl::string_view password) {
  if (password.empty()) return Refused("empty", "The password must not be empty.");
  if (!ValidUtf8(password)) return Refused("not_utf8", "The password must be valid UTF-8.");
  if (CodePoints(password) > kMaxPasswordCodePoints) {
    return Refused("too_long", absl::StrCat("The password must have at most ",
                                            kMaxPasswordCodePoints, " characters."));
  }
  if (password.size() < rules.min_length) {
    return Refused("too_short", absl::StrCat("The password must have at least ", rules.min_length,
                                             " characters."));
  }
  if (rules.needs_lowercase && !Has(password, IsLower)) {
    return Refused("needs_lowercase", "The password must contain a lower-case letter.");
  }
  if (rules.needs_uppercase && !Has(password, IsUpper)) {
    return Refused("needs_uppercase", "The password must contain an upper-case letter.");
  }
  if (rules.needs_number && !Has(password, IsNumber)) {
    return Refused("needs_number", "The password must contain a number.");
  }
  if (rules.needs_symbol && !Has(password, IsSymbol)) {
    return Refused("needs_symbol", "The password must contain a symbol.");
  }
  return absl::OkStatus();
}

absl::Status CheckPasswordRules(const PasswordRules& rules) {
  if (rules.min_length >= 1 && rules.min_length <= kMaxMinPasswordLength) return absl::OkStatus();
  return Error(
      absl::StatusCode::kInvalidArgument, "password_policy.min_length",
      absl::StrCat("The shortest password must be 1 to ", kMaxMinPasswordLength, " bytes long."));
}

}  // namespace muniment
