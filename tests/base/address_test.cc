#include <catch2/catch.hpp>
#include <ctime>

#include "base/email_address.h"
#include "base/error.h"
#include "base/language.h"
#include "base/password_strength.h"
#include "base/phone_number.h"
#include "base/secret.h"

namespace muniment {
namespace {

TEST_CASE("phone numbers become E.164, however they are written") {
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"+41791234567", "+41791234567"},
      {"+41 (0)79 123 45 67", "+41791234567"},
      {" +41-79-123-45-67 ", "+41791234567"},
      {"\uFF0B\uFF14\uFF11 79 123 45 67", "+41791234567"},  // full width
      {"+1 (415) 555-2671", "+14155552671"},
      {"+39 06 1234 5678", "+390612345678"},  // Italy keeps its zero
      {"+290 22222", "+29022222"}};
  for (const auto& [typed, normal] : numbers) {
    INFO(typed);
    CHECK(NormalizePhoneNumber(typed).value() == normal);
    CHECK(NormalizePhoneNumber(normal).value() == normal);
  }
  CHECK(NormalizePhoneNumber("079 123 45 67", "CH").value() == "+41791234567");
  CHECK(NormalizePhoneNumber("0041791234567", "CH").value() == "+41791234567");
}

TEST_CASE("of a part of a number what people put between its digits does not count") {
  CHECK(PartOfPhoneNumber("+41 (0)79-123") == "+41079123");
  CHECK(PartOfPhoneNumber("79123") == "79123");
  CHECK(PartOfPhoneNumber("79.12/x") == "79.12/x");
  CHECK(PartOfPhoneNumber("") == "");
  // Whoever types nothing else asks for nobody, and not for everybody.
  CHECK(PartOfPhoneNumber(" ( - )") == " ( - )");
}

TEST_CASE("what is no phone number, or more than one, is refused") {
  for (const std::string& bad :
       {std::string(), std::string("+"), std::string("079 123 45 67"), std::string("+41"),
        std::string("+4179"), std::string("+999 123456789"), std::string("+1800FLOWERS"),
        std::string("+41791234567 ext. 5"), std::string("+41791234567;ext=5"),
        std::string("tel:+41791234567"), std::string("+41791234567\r\n"),
        std::string("+41791234567\0", 13), std::string("+4179123456789012345"),
        std::string("\xff\xfe"), std::string("+41791234567#5"), std::string(1 << 20, '1'),
        "+41791234567" + std::string(60, ' ')}) {
    INFO(bad.substr(0, 50));
    CHECK(Reason(NormalizePhoneNumber(bad).status()) == "phone.invalid");
  }
  CHECK(Reason(NormalizePhoneNumber("079 123 45 67", "XY").status()) == "phone.invalid");
  for (int i = 0; i < 2000; ++i) {
    const auto any = NormalizePhoneNumber("+" + RandomBytes(static_cast<size_t>(i % 40)));
    if (any.ok()) CHECK(any->size() <= 16);
  }
}

TEST_CASE("addresses keep their local part and get their domain's A-labels") {
  struct Row {
    std::string text, envelope;
    bool utf8;
  };
  for (const Row& row : std::vector<Row>{
           {"ada@example.com", "ada@example.com", false},
           {"Ada.Lovelace+x@EXAMPLE.com", "Ada.Lovelace+x@example.com", false},
           {"o'hara@example.ie", "o'hara@example.ie", false},
           {"ada@b\u00FCcher.example", "ada@xn--bcher-kva.example", false},
           {"ada@fa\u00DF.de", "ada@xn--fa-hia.de", false},
           {"ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", false},
           {"gr\u00FC\u00DFe@example.de", "gr\u00FC\u00DFe@example.de", true},
           {"\u7528\u6237@\u4F8B\u5B50.\u6D4B\u8BD5", "\u7528\u6237@xn--fsqu00a.xn--0zwm56d", true},
           {"root@localhost", "root@localhost", false}}) {
    INFO(row.text);
    const EmailAddress address = ParseEmailAddress(row.text).value();
    CHECK(address.envelope() == row.envelope);
    CHECK(address.needs_smtputf8 == row.utf8);
  }
  CHECK(ParseEmailAddress(std::string(64, 'a') + "@b.c").ok());
}

TEST_CASE("what is no plain address, or could write another header, is refused") {
  const std::string label(63, 'b');
  for (const std::string& bad :
       {std::string(), std::string("@"), std::string("a"), std::string("a@"), std::string("@b.c"),
        std::string("a@b@c.d"), std::string("a b@c.d"), std::string(".a@b.c"),
        std::string("a.@b.c"), std::string("a..b@c.d"), std::string("a@b."), std::string("a@.b"),
        std::string("a@b..c"),
        std::string("a@-b.c"), std::string("a@b-.c"), std::string("a@b_c.d"),
        std::string("a@127.0.0.1"), std::string("a@[127.0.0.1]"), std::string("a@b:25"),
        std::string("Ada <a@b.c>"), std::string("<a@b.c>"), std::string("a@b.c (Ada)"),
        std::string("\"a b\"@c.d"), std::string("a@b.c, d@e.f"), std::string("a@b.c;d@e.f"),
        std::string("a@b.c\r\nBcc: d@e.f"), std::string("a\r\n@b.c"), std::string("a@b.c\n"),
        std::string("a\0@b.c", 6), std::string("a@b.c\0", 6), std::string("a\u00A0@b.c"),
        std::string("a\u200B@b.c"), std::string("a\u202E@b.c"), std::string("a@b\u2028.c"),
        std::string("u\u0308@b.c"),
        std::string("\uFF41da@b.c"), std::string("\uFB01x@b.c"), std::string("a@\u202Eb.c"), std::string("a\xff@b.c"),
        std::string("a@b\xff.c"), std::string("a@xn--a.example"), std::string("a@b\uFF20c.d"),
        std::string(65, 'a') + "@b.c", "a@" + std::string(64, 'b') + ".c",
        "a@" + label + "." + label + "." + label + "." + label + ".c",
        "a@" + std::string(1 << 20, 'b')}) {
    INFO(bad.substr(0, 50));
    CHECK(Reason(ParseEmailAddress(bad).status()) == "email.invalid");
  }
}

TEST_CASE("no bytes make an address that ends a line") {
  for (int i = 0; i < 3000; ++i) {
    const auto any = ParseEmailAddress(RandomBytes(static_cast<size_t>(1 + i % 6)) + "@" +
                                       RandomBytes(static_cast<size_t>(1 + i % 5)) + ".com");
    if (any.ok()) CHECK(any->envelope().find_first_of("\r\n <>\"\t") == std::string::npos);
  }
}

TEST_CASE("language tags have one form each") {
  const std::vector<std::pair<std::string, std::string>> tags = {
      {"en", "en"},       {"EN", "en"},          {"DE-ch", "de-CH"}, {"zh-hant-tw", "zh-Hant-TW"},
      {"es-419", "es-419"}, {"iw", "he"},          {"und", "und"},     {"gsw", "gsw"},
      {"sl-nedis", "sl-nedis"}};
  for (const auto& [tag, canonical] : tags) {
    INFO(tag);
    CHECK(CanonicalLanguage(tag).value() == canonical);
  }
  for (const std::string& bad :
       {std::string(), std::string("e"), std::string("en_US"), std::string("en-"),
        std::string("englisches"), std::string("en--US"), std::string("en-US-US"),
        std::string("en\0", 3), std::string("en-u"), std::string("\xff\xff"),
        "en-x-" + std::string(40, 'a'), std::string(1 << 20, 'a')}) {
    INFO(bad.substr(0, 50));
    CHECK(Reason(CanonicalLanguage(bad).status()) == "language.invalid");
  }
}

TEST_CASE("a password is weaker for what everybody, or who knows the person, would try") {
  CHECK(EstimatePasswordStrength("").score == 0);
  CHECK(EstimatePasswordStrength("password").score == 0);
  CHECK(EstimatePasswordStrength("Password1!").score <= 1);
  CHECK(EstimatePasswordStrength("qwertyuiop").score <= 1);
  CHECK(EstimatePasswordStrength("aaaaaaaaaaaaaaaaaaaa").score <= 1);
  CHECK(EstimatePasswordStrength("vVq8#kLm2xTz!r9w").score == 4);
  CHECK(EstimatePasswordStrength("Zarathustrenko", {"zarathustrenko"}).bits + 10 <
        EstimatePasswordStrength("Zarathustrenko").bits);
  CHECK(EstimatePasswordStrength(absl::string_view("\0\0", 2), {std::string(2, '\0')}).score == 0);
}

TEST_CASE("the strength of an endless password is found in bounded time") {
  const std::clock_t began = std::clock();  // of the processor: the machine may have more to do
  for (const char* unit : {"a", "password", "aB3$", "19840101"}) {
    std::string endless;
    while (endless.size() < (1 << 20)) endless += unit;
    const std::string begin = endless.substr(0, 100);
    CHECK(EstimatePasswordStrength(endless).bits == EstimatePasswordStrength(begin).bits);
    CHECK(EstimatePasswordStrength("x", std::vector<std::string>(1000, endless)).score == 0);
  }
  CHECK(static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC < 10);
}

}  // namespace
}  // namespace muniment
