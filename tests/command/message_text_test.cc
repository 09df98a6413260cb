// Texts of one's own for messages: what is set, taken back and refused.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/error_facts.h"
#include "command/text/texts.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

std::string Acme(const std::string& text, const char* type = "INVITE_USER",
                 const char* language = "de") {
  return absl::StrCat("organization_id: 'acme' type: MESSAGE_TYPE_", type, " language: '", language,
                      "' text { ", text, " }");
}

TEST_CASE("an organization's text is set whole, and taken back") {
  Given given;
  const std::string reset = "organization_id: 'acme' type: MESSAGE_TYPE_INVITE_USER language: 'de'";
  CHECK(given.When("ann", "ResetOrganizationMessageText", reset).reason ==
        "message_text.not_found");
  const std::string text = Acme("subject: 'Willkommen' text: 'Hallo {{.FirstName}}\\n{{.Code}}'");
  const Then set = given.When("ann", "SetOrganizationMessageText", text);
  CHECK(set.events == Strings{"org.customtext.set acme"});
  CHECK(set.fact<event::v1::MessageTextSet>(0).language() == "de");
  const Then same = given.When("ann", "SetOrganizationMessageText", text);
  CHECK(same.ok());
  CHECK(same.events.empty());
  const Then other = given.When("ann", "SetOrganizationMessageText", Acme("subject: 'Hallo'"));
  CHECK(other.fact<event::v1::MessageTextSet>(0).text().text().empty());
  CHECK(given.When("ann", "ResetOrganizationMessageText", reset).events ==
        Strings{"org.customtext.template.removed acme"});
  CHECK(given.When("ann", "SetInstanceMessageText",
                   "type: MESSAGE_TYPE_INVITE_USER language: 'de' text { text: 'x' }")
            .code == absl::StatusCode::kPermissionDenied);
  CHECK(given.When("root", "SetInstanceMessageText",
                   "type: MESSAGE_TYPE_INVITE_USER language: 'de' text { text: 'x' }")
            .events == Strings{"instance.customtext.set 1"});
  CHECK(given.When("bob", "SetOrganizationMessageText", text).reason == "org.not_found");
}

TEST_CASE("a tag is stored as it is written everywhere, whatever way it came") {
  Given given;
  const Then set = given.When("ann", "SetOrganizationMessageText",
                              Acme("text: 'x'", "INVITE_USER", "DE"));
  CHECK(set.fact<event::v1::MessageTextSet>(0).language() == "de");
}

TEST_CASE("texts that do not render, or would break out of their line, are refused by part") {
  Given given;
  struct Case {
    std::string text;
    const char* reason;
    const char* field;
  };
  const Case cases[] = {
      {"text: '{{.Nothing}}'", "template.unknown_variable", "text"},
      {"text: '{{.OTP}}'", "template.unknown_variable", "text"},
      {"text: '{{ .Code }'", "template.malformed", "text"},
      {"footer_text: '{{range .}}'", "template.malformed", "footer_text"},
      {"subject: 'Hello\\r\\nBcc: all@example.org'", "message_text.control_character", "subject"},
      {"subject: 'Hello\\nBcc: all@example.org'", "message_text.control_character", "subject"},
      {"title: 'a\\tb'", "message_text.control_character", "title"},
      {"greeting: 'a\\nb'", "message_text.control_character", "greeting"},
      {"button_text: 'a\\nb'", "message_text.control_character", "button_text"},
      {"pre_header: '\\177'", "message_text.control_character", "pre_header"},
      {"text: 'a\\001b'", "message_text.control_character", "text"},
      {"", "message_text.empty", nullptr},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    const Then refused = given.When("ann", "SetOrganizationMessageText", Acme(each.text));
    CHECK(refused.reason == each.reason);
    CHECK(refused.events.empty());
    if (each.field != nullptr) CHECK(ErrorFact(refused.status, "field") == each.field);
  }
  for (const char* language : {"xx", "tlh", "de-CH-x-", "", "sr"}) {
    INFO(language);
    CHECK(given.When("ann", "SetOrganizationMessageText", Acme("text: 'x'", "INIT_CODE", language))
              .code == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("a text counts part by part: the organization's, the instance's, what the platform brings") {
  Given given;
  REQUIRE(given.When("root", "SetInstanceMessageText",
                     "type: MESSAGE_TYPE_PASSWORD_RESET language: 'en' "
                     "text { subject: 'Instance' greeting: 'Hi' }")
              .ok());
  REQUIRE(given.When("ann", "SetOrganizationMessageText",
                     Acme("subject: 'Acme'", "PASSWORD_RESET", "en"))
              .ok());
  const MessageText& brought = BuiltInMessageText(MessageKind::kPasswordReset, {"en"});
  const auto text = [&](const std::string& organization) {
    MessageText found;
    given.AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(found,
                       MessageTextFor(unit, organization, MessageKind::kPasswordReset, brought));
      return absl::OkStatus();
    });
    return found;
  };
  CHECK(text("acme").subject == "Acme");
  CHECK(text("acme").greeting == "Hi");
  CHECK(text("acme").text == brought.text);
  CHECK(text("home").subject == "Instance");
  CHECK(text("").subject == "Instance");
}

}  // namespace
}  // namespace muniment::command
