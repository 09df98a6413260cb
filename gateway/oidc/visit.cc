#include "gateway/oidc/visit.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "base/error_facts.h"
#include "base/oauth_error.h"
#include "base/text.h"
#include "command/oidc/flow.h"
#include "command/oidc/token.h"
#include "gateway/log.h"
#include "gateway/login/texts.h"
#include "gateway/oidc/json_object.h"
#include "muniment/row/v1/oidc.pb.h"
#include "query/settings/languages.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxUserAgent = 500;
constexpr absl::Duration kCommandTime = absl::Seconds(30);

net::Headers JsonHeaders(absl::string_view cache = "no-store") {
  net::Headers headers;
  headers.Add("content-type", "application/json");
  headers.Add("cache-control", cache);
  // RFC 6749 section 5.1.
  if (cache == "no-store") headers.Add("pragma", "no-cache");
  headers.Add("x-content-type-options", "nosniff");
  headers.Add("access-control-allow-origin", "*");
  headers.Add("access-control-expose-headers", "www-authenticate");
  return headers;
}

std::string DescriptionOf(const absl::Status& status, const OauthErrorRow& row) {
  if (row.error == Oauth::kServerError) return "The server could not do it.";
  if (row.error == Oauth::kTemporarilyUnavailable) return "The server is busy. Try again soon.";
  std::string text(status.message());
  const std::string check = ErrorFact(status, kFailedCheck);
  if (!check.empty() && ErrorFact(status, command::kInDevelopment) == "true") {
    absl::StrAppend(&text, " (", check, ": ", ErrorFact(status, kCheckSource), ")");
  }
  return text;
}

// RFC 6749 section 5.2.
std::string ErrorBody(const absl::Status& status, const OauthErrorRow& row) {
  JsonObject body;
  body.Add("error", row.name).Add("error_description", DescriptionOf(status, row));
  return body.Finish();
}

int CodeOf(const absl::Status& status, const OauthErrorRow& row) {
  const bool busy = absl::IsResourceExhausted(status) && row.error == Oauth::kTemporarilyUnavailable;
  return busy ? 429 : row.status;
}

void LogFailure(const net::Exchange& exchange, const OauthErrorRow& row,
                const absl::Status& status) {
  if (row.error != Oauth::kServerError) return;
  LogError("an OpenID Connect request failed",
           {{"path", exchange.request().path}, {"why", std::string(status.message())}});
}

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

net::Headers HtmlHeaders(absl::string_view policy) {
  net::Headers headers;
  headers.Add("content-type", "text/html; charset=utf-8");
  headers.Add("cache-control", "no-store");
  headers.Add("x-content-type-options", "nosniff");
  headers.Add("referrer-policy", "no-referrer");
  headers.Add("content-security-policy",
              absl::StrCat(policy, "; frame-ancestors 'none'; base-uri 'none'"));
  return headers;
}

std::string HtmlHead(absl::string_view title) {
  return absl::StrCat(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>",
      EscapeHtml(title), "</title>");
}

}  // namespace

absl::string_view Visit::Param(absl::string_view name) const {
  return command::ParamOf(request, name);
}

absl::string_view Visit::Bearer() const {
  constexpr absl::string_view kScheme = "bearer ";
  const absl::string_view header = request.authorization();
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return {};
  return absl::StripAsciiWhitespace(header.substr(kScheme.size()));
}

std::string Visit::Description(const absl::Status& status) const {
  return DescriptionOf(status, OauthErrorOf(status));
}

std::string Visit::UserAgent() const {
  const absl::string_view agent = exchange->request().headers.Get("user-agent");
  return agent.size() <= kMaxUserAgent && ValidUtf8(agent) ? std::string(agent) : "";
}

absl::Status Visit::MayAsk() const {
  if (ports->requests->Allow(exchange->request().peer, began)) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "oidc.too_many_requests",
               "There are too many requests from this address. Try again soon.");
}

void Visit::Json(int status, std::string body) const {
  exchange->Respond(status, JsonHeaders(), std::move(body));
}

void Visit::Cached(absl::string_view cache, std::string body) const {
  exchange->Respond(200, JsonHeaders(cache), std::move(body));
}

void Visit::Refuse(const absl::Status& status) const {
  const OauthErrorRow& row = OauthErrorOf(status);
  LogFailure(*exchange, row, status);
  net::Headers headers = JsonHeaders();
  const std::string wait = ErrorFact(status, kRetryAfter);
  if (!wait.empty()) headers.Add("retry-after", wait);
  // RFC 6749 section 5.2: whoever tried HTTP's own way is told that it is one.
  if (row.error == Oauth::kInvalidClient) headers.Add("www-authenticate", "Basic realm=\"OAuth\"");
  exchange->Respond(CodeOf(status, row), std::move(headers), ErrorBody(status, row));
}

void Visit::RefuseBearer(const absl::Status& status, bool shown) const {
  const OauthErrorRow& row = OauthErrorOf(status);
  if (row.status >= 500) return Refuse(status);
  net::Headers headers = JsonHeaders();
  // Who shows nothing did nothing wrong (section 3.1).
  headers.Add("www-authenticate",
              absl::StrCat("Bearer realm=\"OAuth\"",
                           shown ? absl::StrCat(", error=\"", row.name, "\"") : ""));
  exchange->Respond(row.status, std::move(headers), ErrorBody(status, row));
}

void Visit::Redirect(const std::string& url) const {
  net::Headers headers;
  headers.Add("location", url);
  headers.Add("cache-control", "no-store");
  headers.Add("referrer-policy", "no-referrer");
  // RFC 9700 section 4.12: a browser must not send a form on.
  exchange->Respond(exchange->request().method == "POST" ? 303 : 302, std::move(headers), "");
}

LoginPage Visit::Page(const std::string& name, const std::string& said,
                      std::vector<std::string> languages) const {
  const absl::string_view accepted = exchange->request().headers.Get("accept-language");
  for (std::string& each : AcceptedLanguages(accepted)) languages.push_back(std::move(each));
  // Before its instance is found it is nobody's.
  std::string brand;
  std::vector<std::string> allowed;
  if (instance != 0) {
    projections::View view = ports->database->Read();
    const auto row = view.Get<row::v1::Instance>(instance, {absl::StrCat(instance)});
    if (row.ok() && row->has_value()) {
      brand = (*row)->name();
      languages.push_back((*row)->default_language());
    }
    allowed = query::AllowedLanguages(view, instance).value_or(allowed);
  }
  LoginPage page(name, LoginTextsIn(languages, allowed), said);
  page.Set("brand", brand);
  return page;
}

void Visit::Show(int status, LoginPage page) const {
  exchange->Respond(status, LoginHeaders(Framers()), page.Html());
}

std::vector<std::string> Visit::Framers() const {
  if (instance == 0) return {};
  projections::View view = ports->database->Read();
  const auto row = view.Get<row::v1::SecurityPolicy>(
      instance, {AGGREGATE_INSTANCE, absl::StrCat(instance)});
  if (!row.ok() || !row->has_value() || !(*row)->policy().enable_iframe_embedding()) return {};
  const auto& origins = (*row)->policy().allowed_origins();
  return {origins.begin(), origins.end()};
}

void Visit::RefusePage(const absl::Status& status) const {
  const OauthErrorRow& row = OauthErrorOf(status);
  LogFailure(*exchange, row, status);
  LoginPage page = Page("error");
  page.Set("heading", page.texts().Say("error", "heading"))
      .Set("text", DescriptionOf(status, row))
      .Set("reason", std::string(row.name));
  // A browser would ask whoever sits there for a password where the status is 401.
  Show(row.status == 401 ? 400 : CodeOf(status, row), std::move(page));
}

void Visit::PostOn(const std::string& uri, const Parameters& parameters) const {
  std::string fields;
  for (const auto& [name, value] : parameters) {
    absl::StrAppend(&fields, "<input type=\"hidden\" name=\"", EscapeHtml(name), "\" value=\"",
                    EscapeHtml(value), "\">");
  }
  // Whoever has no scripts presses the button. Browsers follow redirects of a form that a policy of
  // form-action would not, so there is none.
  exchange->Respond(
      200, HtmlHeaders("default-src 'none'; script-src 'self'"),
      absl::StrCat(HtmlHead("Continue"), "<form method=\"post\" action=\"", EscapeHtml(uri), "\">",
                   fields, "<button>Continue</button></form><script src=\"", kFormScriptPath,
                   "\"></script></html>"));
}

void Visit::RunAs(Caller caller, const command::Handler& handler,
                  absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done) const {
  command::CommandCall call;
  call.method = handler.method;
  call.handler = &handler;
  call.caller = std::move(caller);
  call.request = std::make_shared<oidc::v1::Request>(request);
  Run(std::move(call), std::move(done));
}

void Visit::Call(absl::string_view method,
                 std::shared_ptr<const google::protobuf::Message> message,
                 absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done,
                 const std::string& organization_id) const {
  command::CommandCall call;
  call.method = std::string(method);
  call.caller = Caller::System();
  call.caller.chosen_organization_id = organization_id;
  call.request = std::move(message);
  Run(std::move(call), std::move(done));
}

void Visit::Run(command::CommandCall call,
                absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done) const {
  call.instance = instance;
  call.deadline = began + kCommandTime;
  call.context.set_ip(exchange->request().peer);
  call.context.set_user_agent(UserAgent());
  ports->router->Run(std::move(call), std::move(done));
}

void Visit::Aside(const std::function<void()>& work) const {
  if (!ports->pool->Submit(work)) work();
}

}  // namespace muniment::gateway
