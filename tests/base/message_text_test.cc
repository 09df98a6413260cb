// The texts of messages as they come with the program, and how such files are read.
#include "base/message_text.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"

namespace muniment {
namespace {

// A whole file in which each message's text is this.
std::string File(const std::string& text) {
  std::string json = "{";
  for (const MessageKind kind : AllMessageKinds()) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", "\"", MessageName(kind), "\": {\"text\": \"",
                    text, "\"}");
  }
  return json + "}";
}

TEST_CASE("every message has a text in every language, with known variables and one line a part") {
  REQUIRE(MessageLanguages().front() == "en");
  REQUIRE(AllMessageKinds().size() == 10);
  for (const std::string& language : MessageLanguages()) {
    for (const MessageKind kind : AllMessageKinds()) {
      INFO(language << " " << MessageName(kind));
      const MessageText& text = BuiltInMessageText(kind, {language});
      CHECK(text.language == language);
      CHECK_FALSE(text.text.empty());
      CHECK_FALSE(text.title.empty());
      CHECK_FALSE(text.subject.empty());
      for (const MessagePart& part : MessageParts()) {
        CHECK(Template::Parse(text.*(part.field), MessageVariables(kind)).ok());
        if (part.name != "text") CHECK((text.*(part.field)).find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("a message that brings a code shows it, and the others do not speak of one") {
  for (const MessageKind kind : AllMessageKinds()) {
    INFO(MessageName(kind));
    const std::string& text = BuiltInMessageText(kind, {}).text;
    const bool otp = kind == MessageKind::kVerifySmsOtp || kind == MessageKind::kVerifyEmailOtp;
    const bool none = kind == MessageKind::kPasswordChange || kind == MessageKind::kDomainClaimed ||
                      // Its code is of use in the link alone.
                      kind == MessageKind::kPasswordlessRegistration;
    CHECK((text.find("{{.OTP}}") != std::string::npos) == otp);
    CHECK((text.find("{{.Code}}") != std::string::npos) == (!otp && !none));
  }
}

TEST_CASE("the language is the first that there are texts for, by its beginning if need be") {
  const auto language = [](const std::vector<std::string>& wanted) {
    return BuiltInMessageText(MessageKind::kVerifyEmail, wanted).language;
  };
  CHECK(language({"en"}) == "en");
  CHECK(language({"en-GB"}) == "en");
  CHECK(language({"tlh", "", "en-US"}) == "en");
  CHECK(language({}) == "en");
  CHECK(language({"", "e", "-", "english"}) == "en");
}

TEST_CASE("a file of texts that lacks something, or holds too much, is refused by name") {
  CHECK(ParseMessageTexts("de", File("Hallo {{.FirstName}}")).ok());
  const auto refused = [](const std::string& json) { return ParseMessageTexts("de", json).status(); };
  CHECK(Reason(refused("")) == "message_text.malformed");
  CHECK(Reason(refused("[]")) == "message_text.malformed");
  CHECK(refused("{}").message() == "InitCode is missing.");
  CHECK(refused(absl::StrReplaceAll(File("a"), {{"{\"InitCode\"", "{\"Init\": {}, \"InitCode\""}}))
            .message() == "Init is no message.");
  CHECK(refused(absl::StrReplaceAll(File("a"), {{"\"text\"", "\"txt\""}})).message() ==
        "InitCode.txt is no text of a message.");
  CHECK(refused(absl::StrReplaceAll(File("a"), {{"\"a\"", "1"}})).message() ==
        "InitCode.text is no text of a message.");
  CHECK(Reason(refused(File("{{.Password}}"))) == "template.unknown_variable");
  CHECK(Reason(refused(File("{{.Code"))) == "template.malformed");
  // Of one message, for the others have no such thing.
  CHECK(Reason(refused(File("{{.OTP}}"))) == "template.unknown_variable");
}

}  // namespace
}  // namespace muniment
