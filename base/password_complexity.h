// What a new password must hold, as an organization's policy says. Pure.
//
//   RETURN_IF_ERROR(CheckPassword(rules, request.password()));
//
// Lengths count bytes, as the published interface does; upper, lower and number mean A-Z, a-z and
// 0-9, and every other byte, so every letter of every other script, is a symbol.
#ifndef MUNIMENT_BASE_PASSWORD_COMPLEXITY_H_
#define MUNIMENT_BASE_PASSWORD_COMPLEXITY_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace muniment {

inline constexpr uint64_t kMaxMinPasswordLength = 72;  // bytes a policy may ask for
inline constexpr size_t kMaxPasswordCodePoints = 200;  // of any password

struct PasswordRules {
  uint64_t min_length = 8;  // bytes, 1 to kMaxMinPasswordLength
  bool needs_uppercase = true;
  bool needs_lowercase = true;
  bool needs_number = true;
  bool needs_symbol = true;
};

// INVALID_ARGUMENT with the first reason of: "password.empty", "password.not_utf8",
// "password.too_long", "password.too_short", "password.needs_lowercase",
// "password.needs_uppercase", "password.needs_number", "password.needs_symbol". The message says
// the same to people and never holds the password.
absl::Status CheckPassword(const PasswordRules& rules, absl::string_view password);

// INVALID_ARGUMENT "password_policy.min_length" outside 1 to 72.
absl::Status CheckPasswordRules(const PasswordRules& rules);

}  // namespace muniment

#endif  // MUNIMENT_BASE_PASSWORD_COMPLEXITY_H_
