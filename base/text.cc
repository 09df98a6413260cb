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
    const absl::string_view written = u_isUWhiteSpace(point) ? "-" : kept ? character : "";
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
