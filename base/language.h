// Languages: their tags (BCP 47, RFC 5646) in the one canonical form, by ICU ("DE-ch" is de-CH, and a
// tag that has been replaced is its successor: "iw" is he), those that the platform's own pages and
// messages may be in, and which of them somebody is spoken to in. Pure, thread-safe.
//
//   ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(profile.preferred_language()));
//   const size_t chosen = ChooseLanguage({"en", "de"}, {"de-CH", standard}, allowed);
#ifndef MUNIMENT_BASE_LANGUAGE_H_
#define MUNIMENT_BASE_LANGUAGE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace muniment {

// INVALID_ARGUMENT "language.invalid" for what is no tag, or has more than 35 bytes (RFC 5646
// section 4.4.1). "und" is a tag.
absl::StatusOr<std::string> CanonicalLanguage(absl::string_view tag);

struct SupportedLanguage {
  absl::string_view tag;
  absl::string_view name;  // as who speaks it calls it, at the head of a line
};

// In order of their tags.
absl::Span<const SupportedLanguage> SupportedLanguages();

// The one with the tag, however it is written. The errors of CanonicalLanguage, and INVALID_ARGUMENT
// "language.not_supported", which names it.
absl::StatusOr<absl::string_view> FindSupportedLanguage(absl::string_view tag);

// The one that somebody is spoken to in who wants `tag`: that of its first subtag where there is none
// of the whole, else English.
absl::string_view NearestSupportedLanguage(absl::string_view tag);

// Which of the languages that there is something in (`there`: their tags, at least one) is the one for
// somebody who wants `wanted`, the most wanted first: the first of them that is there, as a whole or by
// its first subtag, and is `allowed` (empty: all are); else the first that is there and allowed. Where
// nothing that is there is allowed, it is the first: nobody is told nothing.
size_t ChooseLanguage(const std::vector<std::string>& there, const std::vector<std::string>& wanted,
                      const std::vector<std::string>& allowed);

}  // namespace muniment

#endif  // MUNIMENT_BASE_LANGUAGE_H_
