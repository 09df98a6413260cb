// How well a password withstands guessing, by libzxcvbn: dictionaries, names, dates, keyboards,
// repetition. An estimate to advise people with; what a password must hold is in
// password_complexity.h. Pure, thread-safe.
//
//   if (EstimatePasswordStrength(password, {username, email, family_name}).score < 3) ...
//
// The estimate looks at the first 100 bytes, for its cost grows with the square of the length: some
// ten milliseconds at most.
#ifndef MUNIMENT_BASE_PASSWORD_STRENGTH_H_
#define MUNIMENT_BASE_PASSWORD_STRENGTH_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment {

struct PasswordStrength {
  double bits = 0;  // log2 of the guesses it takes
  // zxcvbn's: 0 up to 10^3 guesses, 1 to 10^6, 2 to 10^8, 3 to 10^10, 4 beyond.
  int score = 0;
};

// `known` are words that say something about the person, and so little about the password: at most
// 20, of at most 100 bytes, count.
PasswordStrength EstimatePasswordStrength(absl::string_view password,
                                          const std::vector<std::string>& known = {});

}  // namespace muniment

#endif  // MUNIMENT_BASE_PASSWORD_STRENGTH_H_
