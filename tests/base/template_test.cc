#include "base/template.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/secret.h"

namespace muniment {
namespace {

constexpr MessageKind kKinds[] = {
    MessageKind::kInitCode,       MessageKind::kPasswordReset,  MessageKind::kVerifyEmail,
    MessageKind::kVerifyPhone,    MessageKind::kVerifySmsOtp,   MessageKind::kVerifyEmailOtp,
    MessageKind::kDomainClaimed,  MessageKind::kPasswordlessRegistration,
    MessageKind::kPasswordChange, MessageKind::kInviteUser};

std::string Refused(absl::string_view text, MessageKind kind = MessageKind::kVerifyEmail) {
  return Reason(Template::Parse(text, MessageVariables(kind)).status());
}

std::string UrlRefused(absl::string_view text, UrlKind kind = UrlKind::kCode) {
  return Reason(CheckUrlTemplate(text, UrlVariables(kind)));
}

TEST_CASE("a text's placeholders are filled, and nothing else is touched") {
  const Template text =
      Template::Parse("Hello {{.FirstName}} {{ .LastName }}, your code: {{.Code}}. {x} }{",
                      MessageVariables(MessageKind::kVerifyEmail))
          .value();
  CHECK(text.Render({{"FirstName", "Ada"}, {"LastName", "Lovelace"}, {"Code", "K7Q2ZD"}},
                    Escaping::kHtml) == "Hello Ada Lovelace, your code: K7Q2ZD. {x} }{");
  CHECK(text.Render({}, Escaping::kHtml) == "Hello  , your code: . {x} }{");
  CHECK(Template::Parse("", {}).value().Render({}, Escaping::kText).empty());
}

TEST_CASE("values are escaped for where they go, and are no templates themselves") {
  const Template text = Template::Parse("<b>{{.FirstName}}</b>",
                                        MessageVariables(MessageKind::kVerifyEmail))
                            .value();
  const auto render = [&](const std::string& name, Escaping escaping) {
    return text.Render({{"FirstName", name}}, escaping);
  };
  CHECK(render("<script>alert('x&y')</script>\"", Escaping::kHtml) ==
        "<b>&lt;script&gt;alert(&#39;x&amp;y&#39;)&lt;/script&gt;&#34;</b>");
  CHECK(render("a\r\nBcc: b@c.d\t", Escaping::kText) == "<b>a  Bcc: b@c.d </b>");
  CHECK(render("a\r\nb", Escaping::kHtml) == "<b>a  b</b>");
  CHECK(render("{{.Code}}", Escaping::kHtml) == "<b>{{.Code}}</b>");
  CHECK(render("a b&c=d/\xc3\xbc", Escaping::kUrl) == "<b>a%20b%26c%3Dd%2F%C3%BC</b>");
}

TEST_CASE("each message knows the published names and no others") {
  for (const MessageKind kind : kKinds) {
    for (const char* name : {"UserID", "OrgID", "UserName", "FirstName", "LastName", "NickName",
                             "DisplayName", "LastEmail", "VerifiedEmail", "LastPhone",
                             "VerifiedPhone", "PreferredLoginName", "LoginName", "LoginNames",
                             "ChangeDate", "CreationDate"}) {
      CHECK(Refused(std::string("{{.") + name + "}}", kind).empty());
    }
    CHECK(Refused("{{.Password}}", kind) == "template.unknown_variable");
    CHECK(Refused("{{.code}}", kind) == "template.unknown_variable");
  }
  CHECK(Refused("{{.OTP}}", MessageKind::kVerifySmsOtp).empty());
  CHECK(Refused("{{.OTP}}", MessageKind::kVerifyEmail) == "template.unknown_variable");
  CHECK(Refused("{{.TempUsername}}", MessageKind::kDomainClaimed).empty());
  CHECK(Refused("{{.ApplicationName}}", MessageKind::kInviteUser).empty());
  CHECK(Refused("{{.Code}}", MessageKind::kPasswordChange) == "template.unknown_variable");
  const absl::Status status =
      Template::Parse("{{.Secret}}", MessageVariables(MessageKind::kInitCode)).status();
  CHECK(ErrorFacts(status) ==
        std::vector<std::pair<std::string, std::string>>{{"variable", "Secret"}});
}

TEST_CASE("what is more than a name in braces is refused") {
  for (const char* text :
       {"{{", "}}", "{{}}", "{{.}}", "{{Code}}", "{{.Code", "{{.Code}", "{{..Code}}",
        "{{.Code.Length}}", "{{.Code | html}}", "{{if .Code}}x{{end}}", "{{{.Code}}}", "{{&.Code}}",
        "{{#.Code}}", "{{> partial}}", "{{/* a */}}", "{{.Co de}}", "{{{{.Code}}}}"}) {
    INFO(text);
    CHECK(Refused(text) == "template.malformed");
  }
  CHECK(Refused(absl::string_view("{{.Co\0de}}", 10)) == "template.malformed");
  CHECK(Refused("{{." + std::string(100, 'A') + "}}") == "template.malformed");
  CHECK(Refused(std::string(40'001, 'a')) == "template.malformed");
}

TEST_CASE("a link is an http URL with its host written out") {
  for (const char* text : {"https://example.com", "https://example.com/", "http://localhost:8080/x",
                           "https://example.com/verify?user={{.UserID}}&code={{.Code}}",
                           "https://example.com/{{.OrgID}}#{{.LoginName}}", "https://[::1]/a"}) {
    INFO(text);
    CHECK(UrlRefused(text).empty());
  }
  for (const char* text :
       {"", "example.com", "/verify?code={{.Code}}", "//example.com/", "ftp://example.com/",
        "javascript:alert(1)", "data:text/html,x", "https:example.com", "https://", "https:///x",
        "https://:8080/", "https://{{.LoginName}}/", "https://example.com{{.Code}}",
        "https://{{.Code}}.example.com/", "{{.LoginName}}://example.com/",
        "https{{.Code}}://example.com/", "https://user@example.com/",
        "https://example.com@evil.example/", "https://example.com\r\n/x",
        "https://exa mple.com/", "https://example.com/\"onload=", "https://example.com/<script>",
        "JAVASCRIPT://example.com/%0aalert(1)"}) {
    INFO(text);
    CHECK(UrlRefused(text) == "url_template.invalid");
  }
  CHECK(UrlRefused("https://example.com/{{.CodeID}}") == "template.unknown_variable");
  CHECK(UrlRefused("https://example.com/{{.CodeID}}", UrlKind::kPasskeyLink).empty());
  CHECK(UrlRefused("https://example.com/{{.Lang}}/terms", UrlKind::kPrivacy).empty());
  CHECK(UrlRefused("https://example.com/{{.Code}}", UrlKind::kPrivacy) ==
        "template.unknown_variable");
  CHECK(UrlRefused("https://example.com/{{.Code") == "template.malformed");
}

TEST_CASE("a value cannot leave its place in a link") {
  const std::string text = "https://example.com/verify?user={{.UserID}}&code={{.Code}}";
  CHECK(RenderUrl(text, {{"UserID", "1"}, {"Code", "A&code=B#x"}}) ==
        "https://example.com/verify?user=1&code=A%26code%3DB%23x");
  CHECK(RenderUrl(text, {{"UserID", "../../?"}}) ==
        "https://example.com/verify?user=..%2F..%2F%3F&code=");
  CHECK(RenderUrl("https://example.com/{{.Nothing}}", {}).empty());
}

TEST_CASE("no bytes break the parser") {
  for (int i = 0; i < 3000; ++i) {
    const std::string text = "{{" + RandomBytes(static_cast<size_t>(i % 20)) + "}}";
    CHECK_FALSE(Template::Parse(text, {"Code"}).ok());
  }
}

TEST_CASE("the host of a link is what a browser would call") {
  for (const auto& [link, host] : std::vector<std::pair<std::string, std::string>>{
           {"https://Id.Example.com/a?b", "id.example.com"},
           {"https://id.example.com:8443#c", "id.example.com"},
           {"http://[::1]:8080/", "::1"},
           {"https://b\xc3\xbc"
            "cher.example/",
            "xn--bcher-kva.example"},
           {"https://id.example.com", "id.example.com"},
           {"http://[localhost]evil.example/", ""},
           {"http://[::1].localhost/", ""},
           {"http://localhost:80:evil.example/", ""},
           {"http://localhost:evil/", ""},
           {"http://localhost@evil.example/", ""},
           {"http://[::1/", ""},
           {"http:///path", ""},
           {"localhost/", ""}}) {
    INFO(link);
    CHECK(HostOfUrlTemplate(link).value_or("") == host);
  }
}

}  // namespace
}  // namespace muniment
