// Messages to people are made of texts and what is known of a person, whatever he calls himself.
#include "gateway/message/message.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "gateway/message/mail_header.h"
#include "tests/gateway/sample_message.h"

namespace muniment::gateway {
namespace {

Message Made(MessageKind kind, const std::string& name = "Ada Lovelace") {
  return *Compose(SampleDraft(kind, name), BuiltInMessageText(kind, {"en"}));
}

// What would come to life in a reader.
void CheckLifeless(const std::string& html) {
  for (const char* living : {"<script", "<img", "<iframe", "<link", "<form", "<svg", "@import",
                             "url(", "javascript:", "src=", "onload", "onerror"}) {
    INFO(living);
    CHECK_FALSE(absl::StrContains(html, living));
  }
}

TEST_CASE("each message tells what it is for, with its code and its link, in both forms") {
  for (const MessageKind kind : AllMessageKinds()) {
    INFO(MessageName(kind));
    const Message message = Made(kind);
    const std::string html = HtmlBody(message);
    const std::string plain = PlainBody(message);
    for (const std::string* form : {&html, &plain}) {
      CHECK(absl::StrContains(*form, "Hello Ada Lovelace"));
      CHECK_FALSE(absl::StrContains(*form, "{{"));
      CHECK_FALSE(absl::StrContains(*form, "}}"));
    }
    CHECK(absl::StrContains(html, message.text.title));
    CHECK(absl::StrContains(html, "href=\"https://id.example.com/ui/v2/login/verify?code=ABC123&amp;"
                                  "userId=4711\""));
    CHECK(absl::StrContains(plain, message.url));
    const std::string code = CodeOf(message);
    if (kind != MessageKind::kPasswordlessRegistration) {
      CHECK(absl::StrContains(html, code));
      CHECK(absl::StrContains(plain, code));
    }
    CHECK(absl::StrContains(html, "prefers-color-scheme: dark"));
    CHECK(absl::StrContains(html, "<html lang=\"en\">"));
    CheckLifeless(html);
  }
  CHECK(CodeOf(Made(MessageKind::kVerifyEmailOtp)) == "12345678");
  CHECK(CodeOf(Made(MessageKind::kPasswordChange)) == "");
  CHECK(Made(MessageKind::kInviteUser).text.subject == "You are invited to Acme Mail");
}

TEST_CASE("a name is a name, whatever it looks like") {
  const std::string hostile =
      "<script>alert(1)</script><img src=x onerror=y>\"'>&amp;{{.Code}}\r\nBcc: a@b.example\r\n\r\n";
  const Message message = Made(MessageKind::kVerifyEmail, hostile);
  const std::string html = HtmlBody(message);
  CHECK(absl::StrContains(
      html, "Hello &lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=y&gt;&#34;&#39;&gt;"
            "&amp;amp;{{.Code}}  Bcc: a@b.example"));
  CHECK_FALSE(absl::StrContains(html, "<script"));
  CHECK_FALSE(absl::StrContains(html, "<img"));
  for (const MessagePart& part : MessageParts()) {
    if (part.name == "text") continue;
    CHECK((message.text.*(part.field)).find_first_of("\r\n") == std::string::npos);
  }
  CHECK(absl::StrContains(PlainBody(message), "alert(1)</script>"));
  // A link that breaks out of its attribute, from a template that nobody checked.
  Message linked = Made(MessageKind::kVerifyEmail);
  linked.url = "https://example.com/\"><script>";
  CheckLifeless(HtmlBody(linked));
}

TEST_CASE("a text with an unknown variable, or one of another message, is refused") {
  MessageText text;
  text.text = "{{.Password}}";
  CHECK(Reason(Compose(SampleDraft(MessageKind::kVerifyEmail), text).status()) ==
        "template.unknown_variable");
  text.text = "{{.OTP}}";
  CHECK(Reason(Compose(SampleDraft(MessageKind::kVerifyEmail), text).status()) ==
        "template.unknown_variable");
  text.text = "{{.Code";
  CHECK(Reason(Compose(SampleDraft(MessageKind::kVerifyEmail), text).status()) ==
        "template.malformed");
}

TEST_CASE("a text of somebody's own has his words and lines, and no markup") {
  MessageText text;
  text.subject = "Code\r\nBcc: x";
  text.text = "One <b>\n\n{{.Code}}\n\nTwo";
  const Message message = *Compose(SampleDraft(MessageKind::kVerifyEmail), text);
  CHECK(message.text.subject == "Code  Bcc: x");
  CHECK(PlainBody(message) == absl::StrCat("One <b>\n\nABC123\n\nTwo\n\n", message.url, "\n"));
  const std::string html = HtmlBody(message);
  CHECK(absl::StrContains(html, "One &lt;b&gt;</p>"));
  CHECK(absl::StrContains(html, ">ABC123</span>"));
  // Without a word for the button it bears its link.
  CHECK(absl::StrContains(html, absl::StrCat("none\">https://id.example.com")));
}

TEST_CASE("without a link there is no button, and an SMS is its text and its link") {
  Draft draft = SampleDraft(MessageKind::kVerifyEmail);
  draft.url.clear();
  const Message bare = *Compose(draft, BuiltInMessageText(draft.kind, {}));
  CHECK_FALSE(absl::StrContains(HtmlBody(bare), "<a "));
  CHECK_FALSE(absl::StrContains(PlainBody(bare), "Confirm the address"));
  CHECK(SmsBody(SampleSms()) ==
        "12345678 is your one-time password for id.example.com, good for 5m. Give it to nobody.\n\n"
        "@id.example.com #12345678");
  const std::string reset = SmsBody(Made(MessageKind::kPasswordReset));
  CHECK(absl::StrContains(reset, "ABC123\n\nhttps://id.example.com/"));
}

TEST_CASE("header texts are ASCII, keep characters whole and end no line") {
  CHECK(HeaderText("Set a new password") == "Set a new password");
  CHECK(HeaderText("a\r\nBcc: b\x01\x7f") == "a  Bcc: b");
  CHECK(HeaderText("Grüße") == absl::StrCat("=?utf-8?B?", Base64Encode("Grüße"), "?="));
  // What looks encoded is not what it pretends to be.
  CHECK(HeaderText("=?utf-8?B?YQ==?=") ==
        absl::StrCat("=?utf-8?B?", Base64Encode("=?utf-8?B?YQ==?="), "?="));
  std::string longer;
  for (int i = 0; i < 100; ++i) longer += "aß語🎉";
  const std::string words = HeaderText(longer);
  std::string decoded;
  for (absl::string_view rest = words; !rest.empty();) {
    const size_t end = std::min(rest.find("\r\n "), rest.size());
    const absl::string_view word = rest.substr(0, end);
    CHECK(word.size() <= 75);
    REQUIRE(absl::StartsWith(word, "=?utf-8?B?"));
    const auto piece = Base64Decode(word.substr(10, word.size() - 12));
    REQUIRE(piece.has_value());
    // No piece begins within a character.
    CHECK((static_cast<unsigned char>((*piece)[0]) & 0xc0) != 0x80);
    decoded += *piece;
    rest.remove_prefix(std::min(end + 3, rest.size()));
  }
  CHECK(decoded == longer);
  CHECK(HeaderText(std::string(200, 'a')).find("\r\n ") != std::string::npos);
  CHECK(HeaderText("\xff\xfe").find("=?utf-8?B?") == 0);
  CHECK(HeaderText("") == "");
}

TEST_CASE("a mailbox quotes what has a meaning in it") {
  CHECK(Mailbox("Ada", "a@b.example") == "\"Ada\" <a@b.example>");
  CHECK(Mailbox("A \"B\" \\", "a@b.example") == "\"A \\\"B\\\" \\\\\" <a@b.example>");
  CHECK(Mailbox("", "a@b.example") == "<a@b.example>");
  CHECK(Mailbox("x\r\nBcc: y", "a@b.example\r\nTo: z") == "\"x  Bcc: y\" <a@b.example  To: z>");
}

TEST_CASE("a message id tells nothing of what it is made of, and is the same each time") {
  const std::string key = "1/message.email_code/user/4711/12";
  CHECK(MessageId(key, "example.com") == MessageId(key, "example.com"));
  CHECK(MessageId(key, "example.com") != MessageId(key + "3", "example.com"));
  CHECK_FALSE(absl::StrContains(MessageId(key, "example.com"), "4711"));
  CHECK(MailDate(absl::FromUnixSeconds(0)) == "Thu, 01 Jan 1970 00:00:00 +0000");
}

}  // namespace
}  // namespace muniment::gateway
