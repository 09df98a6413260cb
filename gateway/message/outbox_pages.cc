#include "gateway/message/outbox_pages.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/template.h"
#include "gateway/api/host.h"
#include "gateway/net/networks.h"
#include "gateway/rpc/handler.h"

namespace muniment::gateway {
namespace {

constexpr absl::string_view kRoot = "/debug/mail";

constexpr char kPagePolicy[] =
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";
// A mail brings its styles with it; nothing else of it comes to life.
constexpr char kMailPolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox";

constexpr char kStyle[] = R"css(:root { color-scheme: light dark; --ink: #16191f; --soft: #5b6472;
  --page: #f4f5f7; --card: #fff; --rule: #dfe3e8; --accent: #3451b2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef1f5; --soft: #a9b3c1; --page: #11151c; --card: #1b212b; --rule: #323a47;
    --accent: #8fa8ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 28px 16px 48px; }
h1 { font-size: 24px; line-height: 1.3; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 15px; margin: 28px 0 8px; color: var(--soft); font-weight: 600; }
p { margin: 0 0 16px; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.soft { color: var(--soft); }
.list { list-style: none; margin: 20px 0 0; padding: 0; border: 1px solid var(--rule);
  border-radius: 10px; background: var(--card); overflow: hidden; }
.list li + li { border-top: 1px solid var(--rule); }
.list a { display: block; padding: 14px 18px; color: inherit; text-decoration: none; }
.list a:hover { background: var(--page); }
.list a:focus-visible { outline-offset: -3px; }
.subject { display: block; font-weight: 600; overflow-wrap: anywhere; }
.line { display: flex; flex-wrap: wrap; gap: 0 14px; color: var(--soft); font-size: 14px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; margin: 18px 0 0;
  padding: 16px 18px; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; }
iframe { display: block; width: 100%; height: 640px; border: 1px solid var(--rule);
  border-radius: 10px; background: var(--card); }
@media (max-width: 480px) { iframe { height: 760px; } }
pre { margin: 0; padding: 16px 18px; background: var(--card); border: 1px solid var(--rule);
  border-radius: 10px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 14px; }
)css";

std::string Html(absl::string_view text) {
  static const Template* const whole = new Template(*Template::Parse("{{.Text}}", {"Text"}));
  return whole->Render({{"Text", std::string(text)}}, Escaping::kHtml);
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

absl::string_view ChannelText(const Message& message) {
  return message.channel == Channel::kMail ? "Mail" : "SMS";
}

std::string HeadlineOf(const Message& message) {
  if (message.channel == Channel::kMail) return message.text.subject;
  const std::string body = SmsBody(message);
  return body.substr(0, body.find('\n'));
}

std::string Page(absl::string_view title, absl::string_view body) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
      Html(title), "</title>\n<link rel=\"stylesheet\" href=\"", kRoot,
      "/style.css\">\n</head>\n<body>\n<main>\n", body, "</main>\n</body>\n</html>\n");
}

std::string ListPage(const std::vector<Outbox::EntryPtr>& entries) {
  std::string body =
      "<h1>Outbox</h1>\n<p class=\"soft\">Messages that no provider is configured for go no further "
      "than here. The newest hundred are kept in memory, and shown on this machine only.</p>\n";
  if (entries.empty()) {
    body += "<p>There is none yet.</p>\n";
  } else {
    body += "<ul class=\"list\">\n";
    for (const Outbox::EntryPtr& entry : entries) {
      absl::StrAppend(&body, "<li><a href=\"", kRoot, "/", entry->id, "\"><span class=\"subject\">",
                      Html(HeadlineOf(entry->message)), "</span><span class=\"line\"><span>",
                      ChannelText(entry->message), "</span><span>", Html(entry->message.to),
                      "</span><span>", TimeText(entry->at), "</span></span></a></li>\n");
    }
    body += "</ul>\n";
  }
  return Page("Outbox", body);
}

void AddFact(std::string& body, absl::string_view name, absl::string_view html) {
  absl::StrAppend(&body, "<dt>", name, "</dt><dd>", html, "</dd>\n");
}

// Lines of a text stay lines in <pre>.
std::string Preformatted(absl::string_view text) {
  std::string html;
  while (true) {
    const size_t end = text.find('\n');
    html += Html(text.substr(0, end));
    if (end == absl::string_view::npos) return html;
    html += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string MessagePage(const Outbox::Entry& entry) {
  const Message& message = entry.message;
  const std::string headline = HeadlineOf(message);
  std::string body = absl::StrCat("<p><a href=\"", kRoot, "\">Outbox</a></p>\n<h1>", Html(headline),
                                  "</h1>\n<dl>\n");
  AddFact(body, "To", Html(message.to));
  AddFact(body, "By", ChannelText(message));
  AddFact(body, "At", TimeText(entry.at));
  AddFact(body, "Message", MessageName(message.kind));
  if (const std::string code = CodeOf(message); !code.empty()) {
    AddFact(body, "Code", absl::StrCat("<code>", Html(code), "</code>"));
  }
  if (!message.url.empty()) {
    AddFact(body, "Link", absl::StrCat("<a rel=\"noreferrer\" href=\"", Html(message.url), "\">",
                                       Html(message.url), "</a>"));
  }
  body += "</dl>\n";
  if (message.channel == Channel::kMail) {
    absl::StrAppend(&body, "<h2>As HTML</h2>\n<iframe sandbox=\"\" title=\"The message as HTML\" "
                    "src=\"", kRoot, "/", entry.id, "/html\"></iframe>\n");
  }
  const std::string text =
      message.channel == Channel::kMail ? PlainBody(message) : SmsBody(message);
  absl::StrAppend(&body, "<h2>As text</h2>\n<pre>", Preformatted(text), "</pre>\n");
  return Page(headline, body);
}

std::string ListJson(const std::vector<Outbox::EntryPtr>& entries) {
  google::protobuf::Struct answer;
  auto& list = *(*answer.mutable_fields())["messages"].mutable_list_value();
  for (const Outbox::EntryPtr& entry : entries) {
    auto& fields = *list.add_values()->mutable_struct_value()->mutable_fields();
    const Message& message = entry->message;
    const bool mail = message.channel == Channel::kMail;
    fields["id"].set_string_value(entry->id);
    fields["channel"].set_string_value(mail ? "mail" : "sms");
    fields["message"].set_string_value(std::string(MessageName(message.kind)));
    fields["at"].set_string_value(absl::FormatTime(absl::RFC3339_full, entry->at,
                                                   absl::UTCTimeZone()));
    fields["to"].set_string_value(message.to);
    fields["subject"].set_string_value(mail ? message.text.subject : "");
    fields["text"].set_string_value(mail ? PlainBody(message) : SmsBody(message));
    fields["code"].set_string_value(CodeOf(message));
    fields["url"].set_string_value(message.url);
  }
  std::string json;
  MUNIMENT_CHECK(google::protobuf::util::MessageToJsonString(answer, &json).ok());
  return json;
}

bool MayLook(const net::Request& request) {
  if (request.strange_proxy || !net::IsLoopbackHost(request.peer)) return false;
  const std::optional<std::string> host = HostOf(request.authority);
  return host.has_value() && net::IsLoopbackHost(*host);
}

void Respond(net::Exchange& exchange, absl::string_view type, absl::string_view policy,
             std::string body) {
  net::Headers headers;
  headers.Add("content-type", type);
  headers.Add("content-security-policy", policy);
  headers.Add("cache-control", "no-store");
  headers.Add("referrer-policy", "no-referrer");
  headers.Add("x-content-type-options", "nosniff");
  headers.Add("cross-origin-resource-policy", "same-origin");
  exchange.Respond(200, std::move(headers), std::move(body));
}

constexpr char kHtml[] = "text/html; charset=utf-8";

}  // namespace

bool OutboxPages::Owns(absl::string_view path) {
  return absl::ConsumePrefix(&path, kRoot) && (path.empty() || path.front() == '/');
}

void OutboxPages::Handle(std::shared_ptr<net::Exchange> exchange) {
  const net::Request& request = exchange->request();
  absl::string_view path = request.path;
  if (!absl::ConsumePrefix(&path, kRoot) || !MayLook(request)) {
    return rpc::AnswerNoRoute(*exchange);
  }
  if (path.empty() || path == "/") {
    return Respond(*exchange, kHtml, kPagePolicy, ListPage(outbox_.List()));
  }
  if (path == "/style.css") {
    return Respond(*exchange, "text/css; charset=utf-8", kPagePolicy, kStyle);
  }
  if (path == "/messages.json") {
    return Respond(*exchange, "application/json", kPagePolicy, ListJson(outbox_.List()));
  }
  path.remove_prefix(1);
  const bool framed = absl::ConsumeSuffix(&path, "/html");
  const Outbox::EntryPtr entry = outbox_.Find(path);
  if (entry == nullptr) return rpc::AnswerNoRoute(*exchange);
  if (!framed) return Respond(*exchange, kHtml, kPagePolicy, MessagePage(*entry));
  if (entry->message.channel != Channel::kMail) return rpc::AnswerNoRoute(*exchange);
  Respond(*exchange, kHtml, kMailPolicy, HtmlBody(entry->message));
}

}  // namespace muniment::gateway
