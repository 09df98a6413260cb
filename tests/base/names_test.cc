#include "base/names.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/email_address.h"

namespace muniment {
namespace {

TEST_CASE("a name has no control characters and no white space at its ends") {
  CHECK(ValidName("a"));
  CHECK(ValidName("Minnie Mouse"));
  CHECK(ValidName("\u4F60\u597D \U0001F600"));
  for (const char* bad : {"", " a", "a ", "a  b", "\ta", "a\n", "a\nb", "a\x7f", "\u00A0a", "a\u3000",
                          "a\u2028b", "a\u2029b", "a\u0085b", "\u200B", " ",
                          "a\xff", "\xff", "a\u00A0b", "a \u3000b", "a\u2003b", "\u3000"}) {
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
        "\U0001F469\U0001F3FD\u200D\U0001F680", "1\uFE0F\u20E3", "\u231A\uFE0E",
        "\u2268\uFE00",
        "\u5C71\u7530\u3000\u592A\u90CE", "e\u0301\u0323", "\u0E17\u0E35\u0E48",
        "\u0928\u093F\u0930\u094D\u092E\u0932\u093E", "C++", "<3", "#1"}) {
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
    CHECK_FALSE(ParseEmailAddress(absl::StrCat("a", hidden, "b@example.com")).ok());
    CHECK_FALSE(ParseEmailAddress(absl::StrCat("ab@exa", hidden, "mple.com")).ok());
  }
  // Joiners one behind the other, at the end, between words; selectors of nothing.
  for (const char* name : {"\u0639\u200C\u200C\u0639", "\u0639\u200C", "\u0639\u200D \u0639",
                           "a\uFE0F\uFE0F", "\uFE0Fa", "a \uFE0Fb", "Foo\uFE0F", "a\uFE0Eb",
                           "1\uFE0F", "1\uFE0Fa", "\u00E9\uFE0F", "\u0416\uFE00"}) {
    INFO(name);
    CHECK_FALSE(ValidName(name));
  }
}

TEST_CASE("a chosen id is one segment of a URL") {
  for (const char* id : {"1", "267842378", "5f7c1e0a-1111-4c2b-9d55-0123456789ab", "auth0|5f7c1e0a",
                         "ada@example.com", "-KtUd0x_y", "_x", "a.b~c:d+e=", "A", "nullable", "Nancy"}) {
    INFO(id);
    CHECK(ValidId(id));
  }
  for (const char* id : {"", ".", "..", ".a", "a/b", "/a", "a\\b", "a b", " a", "a\n", "a\tb", "a%2fb",
                         "a?b", "a#b", "a&b", "a;b", "a,b", "a'b", "a\"b", "<a>", "a*", "a$b", "~a",
                         "=1+1", "+a", "@a", "|a", ":a", "\u00E4", "a\u202Eb", "\uFF41", "a\x7f", "-", "_", "--", "-.-",
                         "null", "NULL", "undefined", "Undefined", "nil", "none", "NaN"}) {
    INFO(id);
    CHECK_FALSE(ValidId(id));
  }
  CHECK_FALSE(ValidId(absl::string_view("a\0b", 3)));
  CHECK(ValidId(std::string(200, 'x')));
  CHECK_FALSE(ValidId(std::string(201, 'x')));
}

TEST_CASE("what is drawn as nothing, or is no character yet, is in no name") {
  for (const char* hollow : {"\u2800", "\uFFFC", "\U0001D159", "\uE000", "\U000F0000", "\U0010FFFD",
                             "\uFFFE", "\uFDD0", "\U0001FFFF", "\u0378", "\U000E0080", "\U00030000"
                             "\U0003FFFF"}) {
    INFO(hollow);
    CHECK_FALSE(ValidName(hollow));
    CHECK_FALSE(ValidName(absl::StrCat("a", hollow, "b")));
    CHECK_FALSE(ValidUsername(absl::StrCat("a", hollow, "b")));
    CHECK_FALSE(ParseEmailAddress(absl::StrCat("a", hollow, "b@example.com")).ok());
  }
}

TEST_CASE("marks stand on something, and are not heaped") {
  for (const char* bad : {"\u0301", "\u0301a", "a \u0301b", "\u20DD", "\u0903a",
                          "a\u0301\u0301", "\u00E9\u0301",
                          "a\u0301\u0302\u0303\u0304\u0306", "Z\u0300\u0301\u0302\u0303\u0304"}) {
    INFO(bad);
    CHECK_FALSE(ValidName(bad));
    CHECK_FALSE(ValidUsername(bad));
  }
  std::string zalgo = "Z";
  for (int i = 0; i < 60; ++i) zalgo += i % 2 == 0 ? "\u0300" : "\u0323";
  CHECK_FALSE(ValidName(zalgo));
  CHECK(ValidName("a\u0301\u0302\u0303\u0304"));
}

TEST_CASE("user names are those of other platforms, and no paths, pictures or markup") {
  for (const char* good :
       {"ada", "Ada.Lovelace", "ada@example.com", "o'hara+tag@sub.example.ie", "ada lovelace",
        "auth0|5f7c1e0a", "urn:machine:7", "ada_7-x", "user#1", "a", "\u00E9lodie", "stra\u00DFe",
        "\uFF41\uFF44\uFF41", "\u7528\u6237", "\u05E2\u05D3\u05D4@example.com",
        "\u0639\u0644\u06CC\u200C\u0631\u0636\u0627", "\u30A2\u30FB\u30D0", "col\u00B7lega"}) {
    INFO(good);
    CHECK(ValidUsername(good));
  }
  for (const char* bad :
       {"", ".", "..", "...", "a/b", "../etc", "a\\b", "<a>", "a\"b", " a", "a ", "a  b", "a\tb",
        "\U0001F600", "a\u2764", "a\u00B7b", "\u2026", "a\u20ACb", "\u201Ca\u201D", "a\u3002b",
        "1\u0661", "\u0661\u06F1", "a\u30FBb", "\uFF0E\uFF0E", "a\uFF0Fb", "\uFF1Ca"}) {
    INFO(bad);
    CHECK_FALSE(ValidUsername(bad));
  }
}

TEST_CASE("every code point there is makes a name, or none, and no more") {
  for (char32_t point = 1; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    absl::StrAppend(&text, "a");
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
    } else if (point < 0x10000) {
      text += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
               static_cast<char>(0x80 | (point & 0x3F))};
    } else {
      text += {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
               static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
    }
    text += "b";
    // What may name a user may be shown, and an address is both.
    if (ValidUsername(text) && !ValidName(text)) FAIL(absl::StrCat(absl::Hex(uint32_t{point})));
    if (ParseEmailAddress(text + "@b.c").ok() && !ValidName(text)) {
      FAIL(absl::StrCat("address ", absl::Hex(uint32_t{point})));
    }
  }
}

}  // namespace
}  // namespace muniment
