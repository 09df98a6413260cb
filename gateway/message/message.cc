#include "gateway/message/message.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

// Mail clients know no style sheets of ours and little CSS; so what has to be is written on each
// element, and what may be, the dark form, stands in the head.
constexpr char kHead[] = R"html(<!doctype html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{.Subject}}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
.page { background: #11151c !important; }
.card { background: #1b212b !important; border-color: #323a47 !important; }
.ink { color: #eef1f5 !important; }
.soft { color: #a9b3c1 !important; }
.code { background: #11151c !important; color: #eef1f5 !important; }
.code { border-color: #323a47 !important; }
.button { background: #6d8dfa !important; color: #0d1117 !important; }
.rule { border-color: #323a47 !important; }
}
@media (max-width: 480px) { .card { padding: 24px 20px !important; } }
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f5f7">
<div style="display:none;max-height:0;overflow:hidden;opacity:0">{{.PreHeader}}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0"
  style="background:#f4f5f7">
<tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"
  style="max-width:560px">
<tr><td class="card" dir="auto" style="background:#ffffff;border:1px solid #dfe3e8;
  border-radius:10px;padding:36px 40px;text-align:start;
  font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Arial,sans-serif;
  font-size:16px;line-height:1.55">
<h1 class="ink" dir="auto" style="margin:0 0 20px;font-size:22px;line-height:1.3;
  color:#16191f;overflow-wrap:anywhere">{{.Title}}</h1>
)html";
constexpr char kParagraph[] = R"html(<p class="ink" dir="auto" style="margin:0 0 16px;color:#16191f;
  overflow-wrap:anywhere">{{.Text}}</p>
)html";
constexpr char kCode[] = R"html(<p style="margin:0 0 20px"><span class="code" dir="ltr"
  style="display:inline-block;padding:10px 18px;background:#f4f5f7;border:1px solid #dfe3e8;
  border-radius:8px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
  font-size:24px;letter-spacing:3px;color:#16191f;overflow-wrap:anywhere">{{.Text}}</span></p>
)html";
constexpr char kButton[] = R"html(<p style="margin:24px 0 20px"><a class="button" href="{{.Url}}"
  style="display:inline-block;padding:12px 26px;background:#3451b2;color:#ffffff;
  border-radius:8px;font-weight:600;text-decoration:none">{{.ButtonText}}</a></p>
<p class="soft" style="margin:0 0 16px;font-size:13px;color:#5b6472;overflow-wrap:anywhere"><a
  class="soft" href="{{.Url}}" style="color:#5b6472">{{.Url}}</a></p>
)html";
constexpr char kFooter[] = R"html(<p class="soft rule" dir="auto" style="margin:24px 0 0;
  padding:16px 0 0;border-top:1px solid #dfe3e8;font-size:13px;line-height:1.5;
  color:#5b6472">{{.FooterText}}</p>
)html";
constexpr char kEnd[] = R"html(</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
)html";

std::string Html(absl::string_view piece, const TemplateValues& values) {
  std::vector<absl::string_view> names;
  for (const auto& [name, value] : values) names.push_back(name);
  const absl::StatusOr<Template> parsed = Template::Parse(piece, names);
  MUNIMENT_CHECK(parsed.ok());
  return parsed->Render(values, Escaping::kHtml);
}

// An empty line parts them.
std::vector<std::string> Paragraphs(absl::string_view text) {
  std::vector<std::string> paragraphs;
  for (const absl::string_view part : absl::StrSplit(text, "\n\n")) {
    const absl::string_view paragraph = absl::StripAsciiWhitespace(part);
    if (!paragraph.empty()) paragraphs.emplace_back(paragraph);
  }
  return paragraphs;
}

// The values cannot break a line (Escaping::kText), the text's own writer may.
std::string OneLine(std::string text) {
  return std::string(
      absl::StripAsciiWhitespace(absl::StrReplaceAll(text, {{"\r", " "}, {"\n", " "}})));
}

void AppendBlock(std::string& to, absl::string_view block) {
  if (!block.empty()) absl::StrAppend(&to, to.empty() ? "" : "\n\n", block);
}

}  // namespace

absl::StatusOr<Message> Compose(Draft draft, const MessageText& text) {
  Message message{std::move(draft), {}};
  const std::vector<absl::string_view> variables = MessageVariables(message.kind);
  message.text.language = text.language;
  for (const MessagePart& part : MessageParts()) {
    ASSIGN_OR_RETURN(const Template parsed, Template::Parse(text.*(part.field), variables));
    std::string rendered = parsed.Render(message.values, Escaping::kText);
    if (part.field != &MessageText::text) rendered = OneLine(std::move(rendered));
    message.text.*(part.field) = std::move(rendered);
  }
  return message;
}

std::string CodeOf(const Draft& draft) {
  for (const char* name : {"Code", "OTP"}) {
    const auto value = draft.values.find(name);
    if (value != draft.values.end() && !value->second.empty()) return value->second;
  }
  return "";
}

std::string PlainBody(const Message& message) {
  std::string body;
  AppendBlock(body, message.text.greeting);
  AppendBlock(body, absl::StripAsciiWhitespace(message.text.text));
  if (!message.url.empty()) {
    AppendBlock(body, message.text.button_text.empty()
                          ? message.url
                          : absl::StrCat(message.text.button_text, "\n", message.url));
  }
  AppendBlock(body, message.text.footer_text);
  return body + "\n";
}

std::string HtmlBody(const Message& message) {
  const MessageText& text = message.text;
  std::string body = Html(kHead, {{"Language", text.language},
                                  {"Subject", text.subject},
                                  {"PreHeader", text.pre_header},
                                  {"Title", text.title}});
  if (!text.greeting.empty()) body += Html(kParagraph, {{"Text", text.greeting}});
  const std::string code = CodeOf(message);
  for (const std::string& paragraph : Paragraphs(text.text)) {
    body += Html(paragraph == code ? kCode : kParagraph, {{"Text", paragraph}});
  }
  if (!message.url.empty()) {
    const std::string& label = text.button_text.empty() ? message.url : text.button_text;
    body += Html(kButton, {{"Url", message.url}, {"ButtonText", label}});
  }
  if (!text.footer_text.empty()) body += Html(kFooter, {{"FooterText", text.footer_text}});
  return body + kEnd;
}

std::string SmsBody(const Message& message) {
  std::string body(absl::StripAsciiWhitespace(message.text.text));
  AppendBlock(body, message.url);
  return body;
}

}  // namespace muniment::gateway
