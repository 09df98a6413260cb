#include "base/language.h"

#include <unicode/bytestream.h>
#include <unicode/locid.h>
#include <unicode/uloc.h>

#include "base/error.h"
#include "base/text.h"

namespace muniment {

absl::StatusOr<std::string> CanonicalLanguage(absl::string_view tag) {
  constexpr size_t kMaxTag = 35;
  const absl::Status invalid =
      Error(absl::StatusCode::kInvalidArgument, "language.invalid",
            "The language must be a BCP 47 tag, such as en or de-CH.");
  if (tag.size() > kMaxTag || !LooksLikeLanguage(tag)) return invalid;
  const std::string text(tag);
  char locale[ULOC_FULLNAME_CAPACITY];
  int32_t parsed = 0;
  UErrorCode error = U_ZERO_ERROR;
  // Reads as far as it understands, and says how far that is.
  uloc_forLanguageTag(text.c_str(), locale, sizeof(locale), &parsed, &error);
  if (U_FAILURE(error) || static_cast<size_t>(parsed) != tag.size()) return invalid;
  const icu::Locale named = icu::Locale::forLanguageTag(text, error);
  std::string canonical = named.toLanguageTag<std::string>(error);
  if (U_FAILURE(error)) return invalid;
  return canonical;
}

}  // namespace muniment
