#include "base/text.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/email_address.h"

namespace muniment {
namespace {

using Texts = std::vector<std::string>;

// UTF-8 of one code point.
std::string Utf8(uint32_t point) {
  std::string out;
  if (point < 0x80) {
    out = {static_cast<char>(point)};
  } else if (point < 0x800) {
    out = {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
  } else if (point < 0x10000) {
    out = {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
           static_cast<char>(0x80 | (point & 0x3F))};
  } else {
    out = {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
           static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
  }
  return out;
}

const Texts kInvalid = {"\x80",
                        "\xff",
                        "\xc3",
                        "\xc0\xaf",
                        "\xe0\x80\xaf",
                        "\xed\xa0\x80",
                        "\xf4\x90\x80\x80",
                        "\xf8\x88\x80\x80\x80",
                        "a\xe2\x82",
                        "\xe2\x28\xa1",
                        "abc\xf0\x9f\x98"};

TEST_CASE("names that differ by case, width or normalization form are one name") {
  CHECK(FoldName("Minnie-Mouse@Example.COM") == "minnie-mouse@example.com");
  CHECK(FoldName("\uFB01sh") == "fish");                  // the fi ligature
  CHECK(FoldName("\uFF2D\uFF49\uFF4E\uFF11") == "min1");  // full-width Latin and digits
  CHECK(FoldName("\uFF76\uFF9E") == "\u30AC");            // half-width katakana
  CHECK(FoldName("Stra\u00DFe") == "strasse");
  CHECK(FoldName("STRASSE") == "strasse");
  CHECK(FoldName("STRA\u1E9EE") == "strasse");
  CHECK(FoldName("Ame\u0301lie") == "am\u00E9lie");  // combining acute
  CHECK(FoldName("AM\u00C9LIE") == "am\u00E9lie");
  CHECK(FoldName("\u2167") == "viii");                            // one Roman numeral sign
  CHECK(FoldName("\u03A3\u03C3\u03C2") == "\u03C3\u03C3\u03C3");  // final sigma too
}

TEST_CASE("Turkish letters fold the same for everybody") {
  CHECK(FoldName("I") == "i");
  CHECK(FoldName("\u0130") == "i\u0307");
  CHECK(FoldName("\u0131") == "\u0131");
  CHECK(FoldName("D\u0130YARBAKIR") == "di\u0307yarbakir");
}

TEST_CASE("characters that show nothing do not make another name") {
  CHECK(FoldName("ad\u200Bmin") == "admin");
  CHECK(FoldName("ad\u00ADmin") == "admin");
  CHECK(FoldName("\uFEFFadmin\uFE0F") == "admin");
  CHECK(FoldName("\u200B").empty());
}

TEST_CASE("folding twice is folding once, for every character there is") {
  int wrong = 0;
  for (uint32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    const std::string folded = FoldName(Utf8(point));
    wrong += FoldName(folded) != folded || !ValidUtf8(folded);
    // Beside letters, so that what composes is seen too.
    const std::string beside = FoldName("A" + Utf8(point) + "\u0301e\u0323");
    wrong += FoldName(beside) != beside;
  }
  CHECK(wrong == 0);
}

TEST_CASE("bytes that are no UTF-8 are told, and fold to valid text") {
  for (const std::string& bad : kInvalid) {
    CHECK_FALSE(ValidUtf8(bad));
    CHECK(ValidUtf8(FoldName(bad)));
    Trigrams(bad);
    CHECK(CodePoints(bad) <= bad.size());
  }
  CHECK(ValidUtf8(""));
  CHECK(ValidUtf8("gr\u00FC\u00DFe \U0001F600 \u4F60"));
}

TEST_CASE("lengths count code points") {
  CHECK(CodePoints("") == 0);
  CHECK(CodePoints("abc") == 3);
  CHECK(CodePoints("gr\u00FC\u00DFe") == 5);
  CHECK(CodePoints("\U0001F600\u4F60") == 2);
  CHECK(CodePoints("e\u0301") == 2);
}

TEST_CASE("trigrams are the runs of three characters, once each") {
  const auto three = [](uint64_t a, uint64_t b, uint64_t c) { return a << 42 | b << 21 | c; };
  using All = std::vector<uint64_t>;
  CHECK(Trigrams("").empty());
  CHECK(Trigrams("ab").empty());
  CHECK(Trigrams("abc") == All{three('a', 'b', 'c')});
  CHECK(Trigrams("aaaaa") == All{three('a', 'a', 'a')});
  CHECK(Trigrams("banana") ==
        All{three('a', 'n', 'a'), three('b', 'a', 'n'), three('n', 'a', 'n')});
  CHECK(Trigrams("\u00FC\u4F60\U0001F600x") ==
        All{three(0xFC, 0x4F60, 0x1F600), three(0x4F60, 0x1F600, 'x')});
  CHECK(Trigrams("\U0010FFFF\U0010FFFF\U0010FFFF") == All{three(0x10FFFF, 0x10FFFF, 0x10FFFF)});
}

TEST_CASE("numbers have a plus and 7 to 15 digits that do not begin with 0") {
  for (const char* good : {"+41791234567", "+14155552671", "+2902222", "+123456789012345"}) {
    CHECK(LooksLikeE164(good));
  }
  for (const char* bad :
       {"", "+", "41791234567", "+041791234567", "+1234567890123456", "+41 79 123", "+4179-1234567",
        "+123456", "++4179123456", "+\u0661\u0662\u0663\u0664"}) {
    CHECK_FALSE(LooksLikeE164(bad));
  }
}

TEST_CASE("language tags are letters, then letters and digits, joined by hyphens") {
  for (const char* good : {"en", "de-CH", "zh-Hant-TW", "es-419", "gsw", "sl-nedis"}) {
    CHECK(LooksLikeLanguage(good));
  }
  for (const char* bad : {"", "e", "-", "en-", "-en", "en--US", "en_US", "123", "englisches", "e n",
                          "en-\u0661", "en\n"}) {
    CHECK_FALSE(LooksLikeLanguage(bad));
  }
}

TEST_CASE("a name becomes a label of a domain") {
  CHECK(DomainLabel("Acme") == "acme");
  CHECK(DomainLabel("  The Acme  Company, Inc. ") == "the-acme--company-inc");
  CHECK(DomainLabel("-a.b/c@d-") == "abcd");
  CHECK(DomainLabel("ＡＢＣ\u3000１") == "abc-1");
  CHECK(DomainLabel("Zürich") == "zürich");
  CHECK(DomainLabel("<>!\u2028").empty());
  CHECK(DomainLabel(absl::StrCat(std::string(62, 'a'), "éb")) == std::string(62, 'a'));
  CHECK(DomainLabel(absl::StrCat(std::string(62, 'a'), " b")) == std::string(62, 'a'));
  CHECK(DomainLabel("a\xff b") == "a-b");
}

}  // namespace
}  // namespace muniment
