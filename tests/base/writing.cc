#include "tests/base/writing.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace muniment {
namespace {

using Strings = std::vector<std::string>;
using Points = std::u32string;

Points Latin(const Points& more = U"") { return U"abcdefghijklmnopqrstuvwxyz" + more; }

// In place of a placeholder, so that it is neither a letter nor nothing.
constexpr char32_t kPlaceholder = U'\uFFFC';

struct Said {
  Points text;
  Strings placeholders;  // sorted
};

Said Read(absl::string_view value) {
  std::string plain;
  Said said;
  while (true) {
    const size_t open = value.find("{{");
    const size_t close = value.find("}}", std::min(open, value.size()));
    if (open == absl::string_view::npos || close == absl::string_view::npos) break;
    absl::StrAppend(&plain, value.substr(0, open), "\uFFFC");
    said.placeholders.emplace_back(value.substr(open, close + 2 - open));
    value.remove_prefix(close + 2);
  }
  absl::StrAppend(&plain, value);
  std::sort(said.placeholders.begin(), said.placeholders.end());
  const icu::UnicodeString text = icu::UnicodeString::fromUTF8(plain);
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    said.text += static_cast<char32_t>(text.char32At(i));
  }
  return said;
}

std::string Small(const std::string& text) {
  std::string small;
  icu::UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()).toUTF8String(small);
  return small;
}

bool IsComposed(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const composed = icu::Normalizer2::getNFCInstance(error);
  return U_SUCCESS(error) && composed->isNormalizedUTF8(text, error) && U_SUCCESS(error);
}

bool IsOneOf(char32_t point, const Points& points) { return points.find(point) != Points::npos; }
bool IsLetter(char32_t point) { return u_isalpha(static_cast<UChar32>(point)); }
bool IsSpace(char32_t point) { return u_isUWhiteSpace(static_cast<UChar32>(point)); }
bool HasLetter(const Points& text) { return std::any_of(text.begin(), text.end(), IsLetter); }

UScriptCode ScriptOf(char32_t point) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(point), &error);
}

bool IsLetterOf(const Writing& writing, char32_t letter) {
  const UScriptCode script = ScriptOf(letter);
  const bool of_script = std::count(writing.scripts.begin(), writing.scripts.end(), script) != 0;
  // What is common to several is such as the long vowel of Japanese.
  if (!of_script && script != USCRIPT_COMMON) return false;
  const auto small = static_cast<char32_t>(u_tolower(static_cast<UChar32>(letter)));
  return (writing.letters.empty() || IsOneOf(small, writing.letters)) &&
         !IsOneOf(letter, writing.foreign);
}

void CheckCharacters(const Writing& writing, const Points& text, Strings& faults) {
  if (!HasLetter(text)) faults.emplace_back("nothing is said");
  for (const char32_t point : text) {
    const auto c = static_cast<UChar32>(point);
    const std::string number =
        absl::StrCat("U+", absl::Hex(static_cast<uint32_t>(point), absl::kZeroPad4));
    // Control characters, marks of direction, joiners, what shows nothing.
    if ((U_GET_GC_MASK(c) & (U_GC_C_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK)) != 0 ||
        u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
      faults.push_back(absl::StrCat("a character that is not seen, ", number));
    }
    if (IsLetter(point) && !IsLetterOf(writing, point)) {
      faults.push_back(absl::StrCat("a letter that is not its own, ", number));
    }
  }
  if (!text.empty() && u_islower(static_cast<UChar32>(text[0]))) {
    faults.emplace_back("it begins with a small letter");
  }
}

// Marks that end something, of Latin and its like, of Arabic, of Chinese and Japanese.
const Points& Western() {
  static const auto* const marks = new Points(U".,:;?!");
  return *marks;
}
const Points& Arabic() {
  static const auto* const marks = new Points(U"،؛؟");
  return *marks;
}
const Points& Wide() {
  static const auto* const marks = new Points(U"。、，：；？！");
  return *marks;
}

Points MarksOfOthers(const Writing& writing) {
  switch (writing.scripts[0]) {
    case USCRIPT_HAN: return Western() + Arabic() + U"()";
    case USCRIPT_ARABIC: return Wide() + U"（）,;?";
    default: return Wide() + Arabic() + U"（）";
  }
}

// The space that the language puts between a word and the mark behind it; 0 for none.
char32_t SpaceBefore(const Writing& writing, char32_t mark) {
  constexpr char32_t kNoBreak = U'\u00A0', kNarrowNoBreak = U'\u202F';
  if (writing.tag != "fr") return 0;
  if (mark == U':' || mark == U'»') return kNoBreak;
  return IsOneOf(mark, U";?!") ? kNarrowNoBreak : 0;
}

void CheckSpaces(const Writing& writing, const Points& text, Strings& faults) {
  const Points behind = Western() + Arabic() + Wide() + U")）»";
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t before = i == 0 ? 0 : text[i - 1], point = text[i];
    const char32_t next = i + 1 == text.size() ? 0 : text[i + 1];
    if (IsSpace(point) && (before == 0 || next == 0 || IsSpace(next))) {
      faults.emplace_back("a space too many");
    }
    const bool in_quotes = writing.tag == "fr" && before == U'«' && point == U'\u00A0';
    if (IsSpace(point) && point != U' ' && point != SpaceBefore(writing, next) && !in_quotes) {
      faults.emplace_back("a space of a kind that has no place there");
    }
    const char32_t wanted = SpaceBefore(writing, point);
    if (IsOneOf(point, behind) && (wanted == 0 ? IsSpace(before) : before != wanted)) {
      faults.emplace_back("the space before a mark");
    }
    const bool ends = next == 0 || IsSpace(next) || IsOneOf(next, behind + writing.quotes);
    if ((IsOneOf(point, Western() + Arabic()) && !ends) ||
        (IsOneOf(point, Wide()) && IsSpace(next))) {
      faults.emplace_back("the space behind a mark");
    }
  }
}

void CheckMarks(const Writing& writing, const Points& text, Strings& faults) {
  const Points others = MarksOfOthers(writing);
  const auto in_word = [](char32_t point) { return IsLetter(point) || point == kPlaceholder; };
  bool quoted = false;
  int brackets = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t point = text[i];
    if (IsOneOf(point, others)) faults.emplace_back("a mark of another script");
    if (IsOneOf(point, U"(（")) ++brackets;
    if (IsOneOf(point, U")）") && --brackets < 0) faults.emplace_back("what closes did not open");
    const bool apostrophe = point == U'’' && i > 0 && i + 1 < text.size() &&
                            in_word(text[i - 1]) && in_word(text[i + 1]);
    if (apostrophe || !u_hasBinaryProperty(static_cast<UChar32>(point), UCHAR_QUOTATION_MARK)) {
      continue;
    }
    if (point != writing.quotes[quoted ? 1 : 0]) faults.emplace_back("quotes that are not its own");
    quoted = !quoted;
  }
  if (quoted || brackets > 0) faults.emplace_back("what opens does not close");
}

bool EndsSentence(const Points& text) { return !text.empty() && IsOneOf(text.back(), U".:。："); }

}  // namespace

const std::vector<Writing>& Writings() {
  constexpr UScriptCode kArab = USCRIPT_ARABIC, kCyrl = USCRIPT_CYRILLIC, kHan = USCRIPT_HAN,
                        kLatn = USCRIPT_LATIN, kHang = USCRIPT_HANGUL, kHira = USCRIPT_HIRAGANA,
                        kKana = USCRIPT_KATAKANA;
  static const auto* const writings = new std::vector<Writing>{
      {"ar", {kArab}, U"ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئ", U"", U"«»", {"ال", "ة"}},
      {"bg", {kCyrl}, U"абвгдежзийклмнопрстуфхцчшщъьюяѝ", U"", U"„“", {"ъ", "щ"}},
      {"cs", {kLatn}, Latin(U"áčďéěíňóřšťúůýž"), U"", U"„“", {"ř", "ů"}},
      {"de", {kLatn}, Latin(U"äöüß"), U"", U"„“", {"ä", " sie "}},
      {"en", {kLatn}, Latin(), U"", U"“”", {" the ", " you "}},
      {"es", {kLatn}, Latin(U"áéíñóúü"), U"", U"«»", {"ñ", " usted"}},
      {"fr", {kLatn}, Latin(U"àâæçèéêëîïôœùûüÿ"), U"", U"«»", {"è", " vous "}},
      {"hu", {kLatn}, Latin(U"áéíóöőúüű"), U"", U"„”", {"ő", " az "}},
      {"id", {kLatn}, Latin(), U"", U"“”", {" anda", " kata sandi "}},
      {"it", {kLatn}, Latin(U"àèéìíîòóù"), U"", U"«»", {" è ", " suo "}},
      {"ja", {kHan, kHira, kKana}, U"", U"请设录码您们这", U"「」", {"です", "ください"}},
      {"ko", {kHang}, U"", U"", U"“”", {"습니다", "십시오"}},
      {"mk", {kCyrl}, U"абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ", U"", U"„“", {"ј", "ќ"}},
      {"nl", {kLatn}, Latin(U"áèéëíïóöúü"), U"", U"“”", {" uw ", " een "}},
      {"pl", {kLatn}, Latin(U"ąćęłńóśźż"), U"", U"„”", {"ł", "ż"}},
      {"pt", {kLatn}, Latin(U"àáâãçéêíóôõú"), U"", U"“”", {"ã", "ç"}},
      {"ro", {kLatn}, Latin(U"ăâîșț"), U"", U"„”", {"ș", "ț"}},
      {"ru", {kCyrl}, U"абвгдежзийклмнопрстуфхцчшщъыьэюяё", U"", U"«»", {"ы", "э"}},
      {"sv", {kLatn}, Latin(U"åäöé"), U"", U"””", {"å", " ditt "}},
      {"tr", {kLatn}, Latin(U"âçğıîöşûü"), U"", U"“”", {"ı", "ş"}},
      {"uk", {kCyrl}, U"абвгґдежзийклмнопрстуфхцчшщьюяєії", U"", U"«»", {"і", "ї", "є"}},
      // Traditional characters are of zh-Hant.
      {"zh", {kHan}, U"", U"設帳號錄碼請輸驗證這們個為與電話網頁", U"“”", {"您", "设"}},
  };
  return *writings;
}

const Writing& WritingOf(absl::string_view tag) {
  return *std::find_if(Writings().begin(), Writings().end(),
                       [tag](const Writing& writing) { return writing.tag == tag; });
}

Strings WritingFaults(const Writing& writing, const std::string& text, const std::string& english,
                      bool greeting) {
  if (text.empty() && english.empty()) return {};
  if (text.empty() || english.empty()) return {"it is empty in one of the two languages"};
  Strings faults;
  if (writing.tag != "en" && text == english) faults.emplace_back("it is English");
  if (!IsComposed(text)) faults.emplace_back("its letters are not composed");
  if (Read(text).placeholders != Read(english).placeholders) {
    faults.emplace_back("other placeholders");
  }
  const Strings paragraphs = absl::StrSplit(text, "\n\n");
  const Strings models = absl::StrSplit(english, "\n\n");
  if (paragraphs.size() != models.size()) {
    faults.emplace_back("other paragraphs");
    return faults;
  }
  for (size_t i = 0; i < models.size(); ++i) {
    const Points paragraph = Read(paragraphs[i]).text, model = Read(models[i]).text;
    // A code by itself, and the line of a one-time password that browsers read.
    if (!HasLetter(model)) {
      if (paragraphs[i] != models[i]) faults.emplace_back("a line for programs is another");
      continue;
    }
    CheckCharacters(writing, paragraph, faults);
    CheckSpaces(writing, paragraph, faults);
    CheckMarks(writing, paragraph, faults);
    if (!greeting && EndsSentence(paragraph) != EndsSentence(model)) {
      faults.emplace_back("it ends as no such sentence does");
    }
  }
  return faults;
}

Strings LanguageFaults(const Writing& writing, const Strings& texts) {
  Strings faults;
  std::string all = " ";
  for (const std::string& text : texts) absl::StrAppend(&all, Small(text), " ");
  for (const std::string& each : writing.has) {
    if (!absl::StrContains(all, each)) faults.push_back(absl::StrCat("there is no \"", each, "\""));
  }
  const Points letters = Read(all).text;
  for (const UScriptCode script : writing.scripts) {
    const bool there = std::any_of(letters.begin(), letters.end(), [script](char32_t point) {
      return IsLetter(point) && ScriptOf(point) == script;
    });
    if (!there) faults.push_back(absl::StrCat("there is no letter in ", uscript_getName(script)));
  }
  return faults;
}

}  // namespace muniment
