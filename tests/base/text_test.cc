#include "base/text.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/email_address.h"

namespace muniment {
namespace {

bool IsAddress(absl::string_view text) { return ParseEmailAddress(text).ok(); }

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
    CHECK_FALSE(ValidName(bad));
    CHECK_FALSE(IsAddress(bad + "@example.com"));
    CHECK_FALSE(IsAddress("a@" + bad));
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

TEST_CASE("a name has no control characters and no white space at its ends") {
  CHECK(ValidName("a"));
  CHECK(ValidName("Minnie Mouse"));
  CHECK(ValidName("\u4F60\u597D \U0001F600"));
  for (const char* bad : {"", " a", "a ", "\ta", "a\n", "a\nb", "a\x7f", "\u00A0a", "a\u3000",
                          "a\u2028b", "a\u2029b", "a\u0085b", "\u200B", " "}) {
    CHECK_FALSE(ValidName(bad));
  }
  CHECK_FALSE(ValidName(absl::string_view("a\0b", 3)));
  CHECK_FALSE(ValidName(""));
}

TEST_CASE("names of every script are names, with the joiners that they are written with") {
  for (const char* name :
       {"\u0645\u062D\u0645\u062F \u0628\u0646 \u0633\u0644\u0645\u0627\u0646",  // Arabic
        "\u05D9\u05D5\u05E1\u05D9 \u05DB\u05D4\u05DF",                             // Hebrew
        "\u05D9\u05B0\u05D4\u05D5\u05BC\u05D3\u05B8\u05D4",                       // with points
        "\u0639\u0644\u06CC\u200C\u0631\u0636\u0627",                             // Persian, U+200C
        "\u0639\u0650\u200C\u0631",                                              // behind a mark
        "\u0915\u094D\u200D\u0937", "\u0DC1\u0DCA\u200D\u0DBB\u0DD3",            // Hindi, Sinhala
        "\u09B0\u200D\u09CD\u09AF\u09BE\u09AC",                                  // Bengali
        "\u1820\u180E\u1820", "\u1820\u180B",                                    // Mongolian
        "Jos\u00E9 Nguy\u1EC5n O'Neil-M\u00FCller", "\u845B\U000E0100\u98FE",
        "\U0001F468\u200D\U0001F469\u200D\U0001F467", "\u2764\uFE0F\u200D\U0001F525",
        "\U0001F469\U0001F3FD\u200D\U0001F680", "1\uFE0F\u20E3", "a\u00A0b"}) {
    INFO(name);
    CHECK(ValidName(name));
  }
}

TEST_CASE("what turns the order of a name's letters, or is not seen in it, is in no name") {
  for (const char* hidden :
       {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069",
        "\u200E", "\u200F", "\u061C", "\u200B", "\u2060", "\u2061", "\u206A", "\uFEFF", "\u00AD",
        "\u034F", "\u115F", "\u3164", "\uFFA0", "\uFFF9", "\u17B4", "\U000E0041", "\U000E0001",
        "\U0001D173", "\u200C", "\u200D", "\u180E", "\u0001", "\u007F", "\u0085", "\u009F"}) {
    for (const char* around : {"a", "\u0061\u0301", "\u4F60", "\u05D0", "1"}) {
      INFO(hidden << " between " << around);
      CHECK_FALSE(ValidName(absl::StrCat(around, hidden, around)));
      CHECK_FALSE(ValidName(absl::StrCat(hidden, around)));
      CHECK_FALSE(ValidName(absl::StrCat(around, hidden)));
    }
    CHECK_FALSE(IsAddress(absl::StrCat("a", hidden, "b@example.com")));
    CHECK_FALSE(IsAddress(absl::StrCat("ab@exa", hidden, "mple.com")));
  }
  // Joiners one behind the other, at the end, between words; selectors of nothing.
  for (const char* name : {"\u0639\u200C\u200C\u0639", "\u0639\u200C", "\u0639\u200D \u0639",
                           "a\uFE0F\uFE0F", "\uFE0Fa", "a \uFE0Fb"}) {
    INFO(name);
    CHECK_FALSE(ValidName(name));
  }
}

TEST_CASE("a chosen id is one segment of a URL") {
  for (const char* id : {"1", "267842378", "5f7c1e0a-1111-4c2b-9d55-0123456789ab", "auth0|5f7c1e0a",
                         "ada@example.com", "-KtUd0x_y", "_x", "a.b~c:d+e=", "A"}) {
    INFO(id);
    CHECK(ValidId(id));
  }
  for (const char* id : {"", ".", "..", ".a", "a/b", "/a", "a\\b", "a b", " a", "a\n", "a\tb", "a%2fb",
                         "a?b", "a#b", "a&b", "a;b", "a,b", "a'b", "a\"b", "<a>", "a*", "a$b", "~a",
                         "=1+1", "+a", "@a", "|a", ":a", "\u00E4", "a\u202Eb", "\uFF41", "a\x7f"}) {
    INFO(id);
    CHECK_FALSE(ValidId(id));
  }
  CHECK_FALSE(ValidId(absl::string_view("a\0b", 3)));
  CHECK(ValidId(std::string(200, 'x')));
  CHECK_FALSE(ValidId(std::string(201, 'x')));
}

TEST_CASE("addresses have one @, a name before it and a host behind it") {
  for (const char* good : {"mini@mouse.com", "a@b", "zitadel-admin@zitadel.localhost",
                           "first.last+tag@sub.example.org", "o'hara@example.ie",
                           "gr\u00FC\u00DFe@b\u00FCcher.example", "1@1.io", "x@a-b.c"}) {
    CHECK(IsAddress(good));
  }
  for (const char* bad : {"",        "@",           "a",          "a@",      "@b",
                          "a@@b",    "a@b@c",       "a b@c.d",    "a@b c.d", "a@b.",
                          "a@.b",    "a@b..c",      "a@-b.c",     "a@b-.c",  "a\n@b.c",
                          "a@b.c\n", "<a>@b.c",     "a,b@c.d",    "a@b/c",   "a@[127.0.0.1]",
                          "a@b:25",  "a\u00A0@b.c", "a@b\u2028.c"}) {
    CHECK_FALSE(IsAddress(bad));
  }
  CHECK(IsAddress(std::string(64, 'a') + "@b.c"));
  CHECK_FALSE(IsAddress(std::string(65, 'a') + "@b.c"));
  CHECK_FALSE(IsAddress("a@" + std::string(64, 'b') + ".c"));
  // 254 bytes in all (RFC 5321 section 4.5.3.1.3).
  std::string host;
  for (int i = 0; i < 126; ++i) host += "b.";
  CHECK(IsAddress("aa@" + host.substr(0, 251)));
  CHECK_FALSE(IsAddress("aaaa@" + host.substr(0, 251)));
  CHECK_FALSE(IsAddress(absl::string_view("a\0@b.c", 6)));
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
  CHECK(DomainLabel(std::string(62, 'a') + "éb") == std::string(62, 'a'));
  CHECK(DomainLabel(std::string(62, 'a') + " b") == std::string(62, 'a'));
  CHECK(DomainLabel("a\xff b") == "a-b");
}

}  // namespace
}  // namespace muniment
