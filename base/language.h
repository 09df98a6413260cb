// Language tags (BCP 47, RFC 5646) in their one canonical form, by ICU: "DE-ch" is de-CH, and a tag
// that has been replaced is its successor ("iw" is he). Pure, thread-safe.
//
//   ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(profile.preferred_language()));
#ifndef MUNIMENT_BASE_LANGUAGE_H_
#define MUNIMENT_BASE_LANGUAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

// INVALID_ARGUMENT "language.invalid" for what is no tag, or has more than 35 bytes (RFC 5646
// section 4.4.1). "und" is a tag.
absl::StatusOr<std::string> CanonicalLanguage(absl::string_view tag);

}  // namespace muniment

#endif  // MUNIMENT_BASE_LANGUAGE_H_
