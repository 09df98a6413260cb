// The languages that are supported, and which of them somebody is spoken to in.
#include "base/language.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "base/message_text.h"
#include "base/text.h"

namespace muniment {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("22 languages are supported, each by its canonical tag and its own name") {
  Strings tags;
  std::set<std::string> names;
  for (const SupportedLanguage& language : SupportedLanguages()) {
    tags.emplace_back(language.tag);
    names.emplace(language.name);
    INFO(language.tag);
    CHECK(CanonicalLanguage(language.tag).value() == language.tag);
    CHECK(FindSupportedLanguage(language.tag).value() == language.tag);
    CHECK(ValidUtf8(language.name));
    CHECK(CodePoints(language.name) >= 2);
  }
  CHECK(tags == Strings{"ar", "bg", "cs", "de", "en", "es", "fr", "hu", "id", "it", "ja",
                        "ko", "mk", "nl", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "zh"});
  CHECK(names.size() == tags.size());
}

TEST_CASE("a language is found however its tag is written, and no other stands for it") {
  CHECK(FindSupportedLanguage("DE").value() == "de");
  CHECK(FindSupportedLanguage("in").value() == "id");  // as it was called until 1989
  for (const char* other : {"de-CH", "pt-BR", "zh-Hant", "tlh", "iw", "und", "en-x-joke", "deu-AT"}) {
    INFO(other);
    const absl::Status refused = FindSupportedLanguage(other).status();
    CHECK(Reason(refused) == "language.not_supported");
    CHECK(absl::IsInvalidArgument(refused));
    // By its canonical name, and nothing that was typed beside it.
    CHECK(refused.message().find(CanonicalLanguage(other).value()) != std::string::npos);
  }
  for (const std::string& none :
       {std::string(), std::string("d"), std::string("de_CH"), std::string("de "),
        std::string("de\r\nx"), std::string("de\0", 3), std::string("\xff\xfe"), std::string("*"),
        std::string(1 << 20, 'd')}) {
    CHECK(Reason(FindSupportedLanguage(none).status()) == "language.invalid");
  }
}

TEST_CASE("who wants a variant is spoken to in what it is a variant of, and others in English") {
  CHECK(NearestSupportedLanguage("de-CH") == "de");
  CHECK(NearestSupportedLanguage("PT-br") == "pt");
  CHECK(NearestSupportedLanguage("uk") == "uk");
  for (const char* other : {"", "tlh", "-", "english", "d", "und"}) {
    CHECK(NearestSupportedLanguage(other) == "en");
  }
}

TEST_CASE("what is wanted, there and allowed is chosen; else what is there and allowed; else the first") {
  const Strings there = {"en", "ar", "de"};
  const auto choice = [&](const Strings& wanted, const Strings& allowed) {
    return there[ChooseLanguage(there, wanted, allowed)];
  };
  CHECK(choice({"de-CH", "ar"}, {}) == "de");
  CHECK(choice({"tlh", "", "AR"}, {}) == "ar");
  CHECK(choice({}, {}) == "en");
  // One that is not allowed is passed over, as a whole and by its first subtag.
  CHECK(choice({"de", "ar"}, {"ar", "en"}) == "ar");
  CHECK(choice({"de-CH", "fr", "ar-EG"}, {"ar", "en"}) == "ar");
  CHECK(choice({"de"}, {"ar", "en"}) == "en");
  CHECK(choice({"de", "fr"}, {"ar", "fr"}) == "ar");
  CHECK(choice({"en"}, {"de"}) == "de");
  // Of what is allowed there is nothing: somebody has to be told something.
  CHECK(choice({"fr", "de"}, {"fr"}) == "en");
  CHECK(choice({"fr"}, {"xx"}) == "en");
  CHECK(ChooseLanguage({"de"}, {"en"}, {"fr"}) == 0);
}

TEST_CASE("messages have texts in supported languages alone, and keep to those that are allowed") {
  const MessageKind kind = MessageKind::kPasswordReset;
  for (const std::string& language : MessageLanguages()) {
    INFO(language);
    CHECK(FindSupportedLanguage(language).value() == language);
    CHECK(BuiltInMessageText(kind, {language}, {language}).language == language);
    CHECK(BuiltInMessageText(kind, {"en"}, {language}).language == language);
    CHECK(BuiltInMessageText(kind, {language}, {"en"}).language == "en");
  }
}

}  // namespace
}  // namespace muniment
