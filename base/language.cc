#include "base/language.h"

#include <unicode/bytestream.h>
#include <unicode/locid.h>
#include <unicode/uloc.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment {
namespace {

constexpr absl::string_view kEnglish = "en";

constexpr SupportedLanguage kSupported[] = {
    {"ar", "العربية"},    {"bg", "Български"},  {"cs", "Čeština"},    {"de", "Deutsch"},
    {"en", "English"},    {"es", "Español"},    {"fr", "Français"},   {"hu", "Magyar"},
    {"id", "Indonesia"},  {"it", "Italiano"},   {"ja", "日本語"},     {"ko", "한국어"},
    {"mk", "Македонски"}, {"nl", "Nederlands"}, {"pl", "Polski"},     {"pt", "Português"},
    {"ro", "Română"},     {"ru", "Русский"},    {"sv", "Svenska"},    {"tr", "Türkçe"},
    {"uk", "Українська"}, {"zh", "中文"},
};

const SupportedLanguage* Find(absl::string_view tag) {
  const auto* found = std::find_if(
      std::begin(kSupported), std::end(kSupported), [tag](const SupportedLanguage& language) {
        return absl::EqualsIgnoreCase(language.tag, tag);
      });
  return found == std::end(kSupported) ? nullptr : found;
}

absl::string_view FirstSubtag(absl::string_view tag) { return tag.substr(0, tag.find('-')); }

// Its place; size() for none.
size_t PlaceOf(absl::string_view tag, const std::vector<std::string>& tags) {
  const auto found = std::find_if(tags.begin(), tags.end(), [tag](const std::string& each) {
    return absl::EqualsIgnoreCase(each, tag);
  });
  return static_cast<size_t>(found - tags.begin());
}

}  // namespace

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

absl::Span<const SupportedLanguage> SupportedLanguages() { return kSupported; }

absl::StatusOr<absl::string_view> FindSupportedLanguage(absl::string_view tag) {
  ASSIGN_OR_RETURN(const std::string canonical, CanonicalLanguage(tag));
  const SupportedLanguage* const found = Find(canonical);
  if (found != nullptr) return found->tag;
  return Error(absl::StatusCode::kInvalidArgument, "language.not_supported",
               absl::StrCat("The language ", canonical, " is none of those that are supported: ",
                            absl::StrJoin(kSupported, ", ",
                                          [](std::string* out, const SupportedLanguage& language) {
                                            absl::StrAppend(out, language.tag);
                                          }),
                            "."));
}

absl::string_view NearestSupportedLanguage(absl::string_view tag) {
  for (const absl::string_view part : {tag, FirstSubtag(tag)}) {
    if (const SupportedLanguage* const found = Find(part)) return found->tag;
  }
  return kEnglish;
}

size_t ChooseLanguage(const std::vector<std::string>& there, const std::vector<std::string>& wanted,
                      const std::vector<std::string>& allowed) {
  const auto may = [&](size_t place) {
    return allowed.empty() || PlaceOf(there[place], allowed) < allowed.size();
  };
  for (const absl::string_view tag : wanted) {
    for (const absl::string_view part : {tag, FirstSubtag(tag)}) {
      const size_t place = PlaceOf(part, there);
      if (place < there.size() && may(place)) return place;
    }
  }
  size_t first = 0;
  while (first < there.size() && !may(first)) ++first;
  return first < there.size() ? first : 0;
}

}  // namespace muniment
