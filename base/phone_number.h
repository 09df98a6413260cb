// Phone numbers as people type them to the one form in which they are stored and compared: E.164
// (ITU-T), "+41791234567". By libphonenumber. Pure, thread-safe; the text may be hostile.
//
//   ASSIGN_OR_RETURN(const std::string number, NormalizePhoneNumber("+41 (0)79 123 45 67"));
//   NormalizePhoneNumber("079 123 45 67", "CH")
//
// A number must be possible, that is of a length its country has; whether its range is in use
// changes faster than the library does. Letters and extensions are refused instead of being guessed
// at or dropped.
#ifndef MUNIMENT_BASE_PHONE_NUMBER_H_
#define MUNIMENT_BASE_PHONE_NUMBER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

// `region`, in ISO 3166-1's two letters, is whose national numbers are understood; without one the
// number begins with +. INVALID_ARGUMENT "phone.invalid".
absl::StatusOr<std::string> NormalizePhoneNumber(absl::string_view text,
                                                 absl::string_view region = "");

// What was typed of a number, to look for it in numbers of that form: without spaces, hyphens and
// parentheses, unless it is nothing else.
std::string PartOfPhoneNumber(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_PHONE_NUMBER_H_
