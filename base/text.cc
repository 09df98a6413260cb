#include "base/text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace muniment {
namespace {

// ICU counts in int32.
constexpr size_t kMaxText = std::numeric_limits<int32_t>::max() / 4;

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

const icu::Normalizer2& Folder() {
  static const icu::Normalizer2* const folder = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getNFKCCasefoldInstance(error);
    MUNIMENT_CHECK(U_SUCCESS(error));
    return found;
  }();
  return *folder;
}

// Calls `visit` with each code point, negative for bytes that are no UTF-8, until it says false.
template <typename Visit>
bool EachCodePoint(absl::string_view text, Visit visit) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t size = text.size();
  for (size_t at = 0; at < size;) {
    UChar32 point;
    U8_NEXT(bytes, at, size, point);
    if (!visit(point, at)) return false;
  }
  return true;
}

// ICU folds around bytes that are no UTF-8 and leaves them standing.
std::string Repaired(absl::string_view text) {
  std::string repaired;
  size_t begin = 0;
  EachCodePoint(text, [&](UChar32 point, size_t end) {
    absl::StrAppend(&repaired, point < 0 ? "\uFFFD" : text.substr(begin, end - begin));
    begin = end;
    return true;
  });
  return repaired;
}

bool IsSpace(UChar32 point) { return u_isUWhiteSpace(point); }

// Empty for bytes that are no UTF-8.
std::u32string PointsOf(absl::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  const bool valid = EachCodePoint(text, [&points](UChar32 point, size_t) {
    points.push_back(static_cast<char32_t>(point));
    return point >= 0;
  });
  return valid ? points : std::u32string();
}

bool Has(char32_t point, UProperty property) {
  return u_hasBinaryProperty(static_cast<UChar32>(point), property);
}

bool IsVirama(char32_t point) { return u_getCombiningClass(static_cast<UChar32>(point)) == 9; }

// A joiner shapes what stands around it: consonants at a virama, letters of a cursive script, the
// parts of an emoji. Elsewhere it is merely not seen.
bool JoinerFits(const std::u32string& points, size_t at) {
  if (at == 0 || at + 1 == points.size()) return false;
  const char32_t before = points[at - 1], after = points[at + 1];
  if (IsVirama(before) || IsVirama(after)) return true;
  if (Has(after, UCHAR_EXTENDED_PICTOGRAPHIC)) {
    return Has(before, UCHAR_EXTENDED_PICTOGRAPHIC) || Has(before, UCHAR_EMOJI_MODIFIER) ||
           Has(before, UCHAR_VARIATION_SELECTOR);
  }
  size_t base = at - 1;
  const auto joining = [&points](size_t i) {
    return u_getIntPropertyValue(static_cast<UChar32>(points[i]), UCHAR_JOINING_TYPE);
  };
  while (base > 0 && joining(base) == U_JT_TRANSPARENT) --base;
  const int32_t type = joining(base);
  return (type == U_JT_DUAL_JOINING || type == U_JT_LEFT_JOINING || type == U_JT_RIGHT_JOINING) &&
         u_isalpha(static_cast<UChar32>(after));
}

// Whether a reader sees the code point at `at`, or what it does.
bool ShowsItself(const std::u32string& points, size_t at) {
  constexpr char32_t kMongolianVowelSeparator = 0x180E;
  const char32_t point = points[at];
  if (point < 0x7f) return point >= 0x20;
  if (Has(point, UCHAR_JOIN_CONTROL) || point == kMongolianVowelSeparator) {
    return JoinerFits(points, at);
  }
  if (Has(point, UCHAR_VARIATION_SELECTOR)) {
    return at > 0 && !IsSpace(static_cast<UChar32>(points[at - 1])) &&
           !Has(points[at - 1], UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
  }
  switch (u_charType(static_cast<UChar32>(point))) {
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return false;
    case U_FORMAT_CHAR: return Has(point, UCHAR_PREPENDED_CONCATENATION_MARK);
    default: return !Has(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
  }
}

}  // namespace

bool ValidUtf8(absl::string_view text) {
  if (IsAscii(text)) return true;
  return EachCodePoint(text, [](UChar32 point, size_t) { return point >= 0; });
}

size_t CodePoints(absl::string_view text) {
  size_t count = 0;
  // All bytes but those that continue a character.
  for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  return count;
}

std::string FoldName(absl::string_view text) {
  MUNIMENT_CHECK(text.size() <= kMaxText);
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  if (!ValidUtf8(text)) return FoldName(Repaired(text));
  std::string folded;
  icu::StringByteSink<std::string> sink(&folded, static_cast<int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  Folder().normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink,
                         nullptr, error);
  MUNIMENT_CHECK(U_SUCCESS(error));
  return folded;
}

std::string FoldForSearch(absl::string_view text) { return FoldName(text); }

void EachTrigram(absl::string_view folded, absl::FunctionRef<void(uint64_t trigram)> visit) {
  constexpr uint64_t kThree = (uint64_t{1} << 63) - 1;
  constexpr uint64_t kNoCharacter = 0xFFFD;
  uint64_t last = 0;
  size_t seen = 0;
  EachCodePoint(folded, [&](UChar32 point, size_t) {
    last = (last << 21 | (point < 0 ? kNoCharacter : static_cast<uint64_t>(point))) & kThree;
    if (++seen >= 3) visit(last);
    return true;
  });
}

std::vector<uint64_t> Trigrams(absl::string_view folded) {
  std::vector<uint64_t> trigrams;
  EachTrigram(folded, [&](uint64_t trigram) { trigrams.push_back(trigram); });
  std::sort(trigrams.begin(), trigrams.end());
  trigrams.erase(std::unique(trigrams.begin(), trigrams.end()), trigrams.end());
  return trigrams;
}

bool ValidName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxText) return false;
  const std::u32string points = PointsOf(text);
  if (points.empty() || IsSpace(points.front()) || IsSpace(points.back())) return false;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!ShowsItself(points, i)) return false;
  }
  return !FoldName(text).empty();
}

bool ValidId(absl::string_view text) {
  static constexpr absl::string_view kMarks = "-_.~:@|+=";
  constexpr size_t kMaxId = 200;
  if (text.empty() || text.size() > kMaxId) return false;
  const auto fits = [](char c) {
    return absl::ascii_isalnum(c) || kMarks.find(c) != absl::string_view::npos;
  };
  return std::all_of(text.begin(), text.end(), fits) &&
         (absl::ascii_isalnum(text[0]) || text[0] == '-' || text[0] == '_');
}

bool LooksLikeLanguage(absl::string_view text) {
  bool first = true;
  for (const absl::string_view subtag : absl::StrSplit(text, '-')) {
    if (subtag.size() < (first ? 2 : 1) || subtag.size() > 8) return false;
    const bool fits = std::all_of(subtag.begin(), subtag.end(), [first](char c) {
      return first ? absl::ascii_isalpha(c) : absl::ascii_isalnum(c);
    });
    if (!fits) return false;
    first = false;
  }
  return true;
}

std::string DomainLabel(absl::string_view name) {
  constexpr size_t kMaxLabel = 63;
  const std::string folded = FoldName(name);
  std::string label;
  size_t begin = 0;
  EachCodePoint(folded, [&](UChar32 point, size_t end) {
    const absl::string_view character = absl::string_view(folded).substr(begin, end - begin);
    begin = end;
    const bool mark = (U_GET_GC_MASK(point) & U_GC_M_MASK) != 0;
    const bool kept = point == '-' || u_isalnum(point) || mark;
    const absl::string_view written = IsSpace(point) ? "-" : kept ? character : "";
    if (label.empty() && written == "-") return true;
    if (label.size() + written.size() > kMaxLabel) return false;
    absl::StrAppend(&label, written);
    return true;
  });
  while (!label.empty() && label.back() == '-') label.pop_back();
  return label;
}

bool LooksLikeE164(absl::string_view text) {
  if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0') return false;
  return std::all_of(text.begin() + 1, text.end(), absl::ascii_isdigit);
}

}  // namespace muniment
