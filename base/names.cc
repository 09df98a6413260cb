#include "base/names.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "base/text.h"

namespace muniment {
namespace {

// What no rule of Unicode's tells from a name is longer than any.
constexpr size_t kMaxText = 64 << 10;
// UTS #39 section 5.4.
constexpr int kMaxMarks = 4;

// Empty for bytes that are no UTF-8.
std::u32string PointsOf(absl::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t at = 0; at < text.size();) {
    UChar32 point;
    U8_NEXT(bytes, at, text.size(), point);
    if (point < 0) return {};
    points.push_back(static_cast<char32_t>(point));
  }
  return points;
}

bool Has(char32_t point, UProperty property) {
  return u_hasBinaryProperty(static_cast<UChar32>(point), property);
}

uint32_t CategoryOf(char32_t point) { return U_GET_GC_MASK(static_cast<UChar32>(point)); }

UScriptCode ScriptOf(char32_t point) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(point), &error);
}

bool IsSpace(char32_t point) { return u_isUWhiteSpace(static_cast<UChar32>(point)); }

// Word spaces of Latin and of Chinese, Japanese and Korean text.
bool IsWordSpace(char32_t point) { return point == U' ' || point == U'\u3000'; }

// Symbols that are drawn as nothing, which no property says: braille without dots, the note without
// a head, the place of an object.
bool IsBlank(char32_t point) {
  return point == U'\u2800' || point == U'\U0001D159' || point == U'\uFFFC';
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

// Whether a variation selector may choose among forms of what stands at `at` (UTS #51 section 1.4.4,
// UTS #37, and the scripts of StandardizedVariants.txt). Behind any other it is seen by nobody.
bool HasForms(const std::u32string& points, size_t at) {
  constexpr char32_t kKeycap = 0x20E3;
  const char32_t point = points[at];
  // A digit is one of a keycap alone.
  if (point < 0x80) {
    return Has(point, UCHAR_EMOJI) && at + 2 < points.size() && points[at + 2] == kKeycap;
  }
  if (Has(point, UCHAR_EMOJI) || Has(point, UCHAR_IDEOGRAPHIC)) return true;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(point), &error)) {
    case USCRIPT_MONGOLIAN:
    case USCRIPT_MYANMAR:
    case USCRIPT_PHAGS_PA:
    case USCRIPT_MANICHAEAN: return true;
    default: break;
  }
  const auto type = u_charType(static_cast<UChar32>(point));
  return type == U_MATH_SYMBOL || type == U_OTHER_SYMBOL;
}

// Whether a reader sees the code point at `at`, or what it does.
bool ShowsItself(const std::u32string& points, size_t at) {
  constexpr char32_t kMongolianVowelSeparator = 0x180E;
  const char32_t point = points[at];
  if (point < 0x7f) return point >= 0x20;
  if (Has(point, UCHAR_JOIN_CONTROL) || point == kMongolianVowelSeparator) {
    return JoinerFits(points, at);
  }
  if (Has(point, UCHAR_VARIATION_SELECTOR)) return at > 0 && HasForms(points, at - 1);
  switch (u_charType(static_cast<UChar32>(point))) {
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE: return false;
    case U_FORMAT_CHAR: return Has(point, UCHAR_PREPENDED_CONCATENATION_MARK);
    default: return !IsBlank(point) && !Has(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
  }
}

// The spaces of a nickname: one at a time, none at an end.
bool SpacesFit(const std::u32string& points, size_t at) {
  if (!IsSpace(points[at])) return true;
  return IsWordSpace(points[at]) && at > 0 && at + 1 < points.size() && !IsSpace(points[at - 1]);
}

// Marks stand on something, few of them and no two alike in a row. Of text as it is decomposed, so
// that a letter with its mark counts as such.
bool MarksFit(const std::u32string& points) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfd = icu::Normalizer2::getNFDInstance(error);
  MUNIMENT_CHECK(U_SUCCESS(error));
  const icu::UnicodeString text = icu::UnicodeString::fromUTF32(
      reinterpret_cast<const UChar32*>(points.data()), static_cast<int32_t>(points.size()));
  const icu::UnicodeString apart = nfd->normalize(text, error);
  MUNIMENT_CHECK(U_SUCCESS(error));
  UChar32 last = U' ';
  int marks = 0;
  for (int32_t at = 0; at < apart.length(); at = apart.moveIndex32(at, 1)) {
    const UChar32 point = apart.char32At(at);
    const uint32_t category = U_GET_GC_MASK(point);
    const bool selector = u_hasBinaryProperty(point, UCHAR_VARIATION_SELECTOR);
    const bool mark = (category & U_GC_M_MASK) != 0 && !selector;
    if (mark && IsSpace(static_cast<char32_t>(last))) return false;
    const bool stacked = (category & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0 && !selector;
    if (stacked && point == last) return false;
    marks = stacked ? marks + 1 : 0;
    if (marks > kMaxMarks) return false;
    last = point;
  }
  return true;
}

// RFC 5892 appendix A.3 to A.9: marks and digits that stand in some places only (CONTEXTO).
bool ContextFits(const std::u32string& points, size_t at) {
  const char32_t point = points[at];
  const char32_t before = at > 0 ? points[at - 1] : 0;
  const char32_t after = at + 1 < points.size() ? points[at + 1] : 0;
  switch (point) {
    case U'\u00B7': return before == U'l' && after == U'l';
    case U'\u0375': return ScriptOf(after) == USCRIPT_GREEK;
    case U'\u05F3':
    case U'\u05F4': return ScriptOf(before) == USCRIPT_HEBREW;
    case U'\u30FB':
      return std::any_of(points.begin(), points.end(), [](char32_t other) {
        const UScriptCode script = ScriptOf(other);
        return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA || script == USCRIPT_HAN;
      });
    default: return false;
  }
}

// One of IdentifierClass (RFC 8264 section 4.2), as it stands in folded text.
bool IsIdentifier(const std::u32string& points, size_t at) {
  constexpr absl::string_view kRefused = "/\\<>\"";
  // RFC 5892 section 2.6: what is valid though its category says otherwise.
  constexpr char32_t kExceptions[] = {U'\u06FD', U'\u06FE', U'\u0F0B', U'\u3007'};
  const char32_t point = points[at];
  if (point < 0x7f) {
    return point > ' ' && !absl::StrContains(kRefused, static_cast<char>(point));
  }
  // That they stand where they may was asked of the name as it was typed.
  if (Has(point, UCHAR_JOIN_CONTROL)) return true;
  constexpr uint32_t kLetterDigits = U_GC_LU_MASK | U_GC_LL_MASK | U_GC_LO_MASK | U_GC_LM_MASK |
                                     U_GC_MN_MASK | U_GC_MC_MASK | U_GC_ND_MASK;
  return (CategoryOf(point) & kLetterDigits) != 0 || ContextFits(points, at) ||
         std::find(std::begin(kExceptions), std::end(kExceptions), point) != std::end(kExceptions);
}

// RFC 5892 appendix A.8 and A.9, for digits of every script: seven and seven are not to be two
// names.
bool DigitsFit(const std::u32string& points) {
  char32_t zero = 0;
  for (const char32_t point : points) {
    if (u_charType(static_cast<UChar32>(point)) != U_DECIMAL_DIGIT_NUMBER) continue;
    const auto own = point - static_cast<char32_t>(u_charDigitValue(static_cast<UChar32>(point)));
    if (zero != 0 && own != zero) return false;
    zero = own;
  }
  return true;
}

}  // namespace

bool ValidName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxText) return false;
  const std::u32string points = PointsOf(text);
  if (points.empty()) return false;
  bool ascii = true;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!ShowsItself(points, i) || !SpacesFit(points, i)) return false;
    if (points[i] >= 0x80) ascii = false;
  }
  return ascii || (MarksFit(points) && !FoldName(text).empty());
}

bool ValidUsername(absl::string_view text) {
  if (!ValidName(text)) return false;
  const std::u32string points = PointsOf(FoldName(text));
  if (points.find_first_not_of(U'.') == std::u32string::npos) return false;
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i] != U' ' && !IsIdentifier(points, i)) return false;
  }
  return DigitsFit(points);
}

bool ValidId(absl::string_view text) {
  static constexpr absl::string_view kMarks = "-_.~:@|+=";
  static constexpr absl::string_view kNothing[] = {"null", "nil", "none", "undefined", "nan"};
  constexpr size_t kMaxId = 200;
  if (text.empty() || text.size() > kMaxId) return false;
  const auto plain = [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); };
  const auto fits = [plain](char c) { return plain(c) || absl::StrContains(kMarks, c); };
  return std::all_of(text.begin(), text.end(), fits) &&
         std::any_of(text.begin(), text.end(), plain) &&
         (plain(text[0]) || text[0] == '-' || text[0] == '_') &&
         std::none_of(std::begin(kNothing), std::end(kNothing), [text](absl::string_view nothing) {
           return absl::EqualsIgnoreCase(text, nothing);
         });
}

}  // namespace muniment
