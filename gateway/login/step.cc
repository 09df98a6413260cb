#include "gateway/login/step.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/login_hint.h"
#include "base/oidc_code.h"
#include "base/redirect.h"
#include "base/session_token.h"
#include "base/timestamp.h"
#include "gateway/oidc/own_login.h"
#include "projections/session_key.h"

namespace muniment::gateway {
namespace {

using login::v1::Flow;

bool Secure(const Visit& visit) { return absl::StartsWith(visit.issuer, "https:"); }

// A browser keeps __Host- cookies to this host, and takes them by TLS alone (RFC 6265bis section
// 4.1.3.2).
absl::string_view CookieName(const Visit& visit) {
  return Secure(visit) ? "__Host-muniment-login" : "muniment-login";
}

// HTTP/2 may send each cookie in a field of its own (RFC 9113 section 8.2.3).
absl::string_view CookieOf(const net::Headers& headers, absl::string_view name) {
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers.name(i) != "cookie") continue;
    for (absl::string_view each : absl::StrSplit(headers.value(i), ';')) {
      each = absl::StripAsciiWhitespace(each);
      if (absl::ConsumePrefix(&each, name) && absl::ConsumePrefix(&each, "=")) return each;
    }
  }
  return {};
}

// Other sites' pages post no form here: their browsers say where it comes from.
bool FromElsewhere(const Visit& visit) {
  const net::Headers& headers = visit.exchange->request().headers;
  if (headers.Get("sec-fetch-site") == "cross-site") return true;
  const absl::string_view origin = headers.Get("origin");
  return !origin.empty() && origin != visit.issuer;
}

// Its first character.
absl::string_view FirstOf(absl::string_view text) {
  size_t end = text.empty() ? 0 : 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return text.substr(0, end);
}

}  // namespace

std::string Step::Url(absl::string_view path) const {
  return absl::StrCat(path, "?",
                      FormEncode({{"flow", visit->ports->login->Seal(flow, visit->began)}}));
}

LoginPage Step::Page(const std::string& name, const std::string& said) const {
  LoginPage page = visit->Page(name, said, {flow.ui_locale().begin(), flow.ui_locale().end()});
  const std::string application = ApplicationName();
  page.Set("application", application).Fill("Application", application);
  return page;
}

LoginPage Step::Form(const std::string& name, absl::string_view path,
                     const std::string& wrong) const {
  LoginPage page = Page(name);
  page.Set("action", std::string(path))
      .Set("flow", visit->ports->login->Seal(flow, visit->began))
      .Wrong(wrong);
  if (!flow.auth_request_id().empty()) page.Flag("cancel");
  return page;
}

void Step::Show(int status, LoginPage page) const {
  net::Headers headers = LoginHeaders(visit->Framers());
  if (changed) headers.Add("set-cookie", Cookie());
  visit->exchange->Respond(status, std::move(headers), page.Html());
}

std::string Step::Cookie() const {
  // Within a page of another site there are no others (RFC 6265bis section 5.6.7), and none without TLS.
  const bool framed = Secure(*visit) && !visit->Framers().empty();
  return absl::StrCat(CookieName(*visit), "=", visit->ports->login->Seal(browser, visit->began),
                      "; Path=/; HttpOnly; SameSite=", framed ? "None" : "Lax", "; Max-Age=",
                      absl::ToInt64Seconds(kBrowserTime), Secure(*visit) ? "; Secure" : "");
}

void Step::Trouble(const std::string& key, absl::string_view reason, int status) const {
  LoginPage page = Page("error");
  const TemplateValues values = {{"Application", ApplicationName()}};
  const auto say = [&](const char* part) {
    return page.texts().Say("errors", absl::StrCat(key, part), values);
  };
  const std::string heading = say("_heading");
  page.Set("heading", heading.empty() ? page.texts().Say("error", "heading") : heading)
      .Set("text", say(""))
      .Set("reason", std::string(reason));
  const bool goes_on = !flow.auth_request_id().empty() || !flow.device_id().empty();
  if (goes_on) page.Set("on_href", Url(kNamePath)).Set("on_text", say("_on"));
  Show(status, std::move(page));
}

void Step::Go(const std::string& url) const {
  net::Headers headers;
  headers.Add("location", url);
  headers.Add("cache-control", "no-store");
  headers.Add("referrer-policy", "no-referrer");
  if (changed) headers.Add("set-cookie", Cookie());
  // A browser must not send a form on (RFC 9700 section 4.12).
  visit->exchange->Respond(posted() ? 303 : 302, std::move(headers), "");
}

std::string Step::Told(absl::string_view auth_request_id) const {
  return LoginRequestIdWith(visit->ports->login->sealer(), visit->instance, auth_request_id,
                            visit->Param("login_hint"), visit->began + kAuthRequestTime);
}

std::string Step::HintOf(absl::string_view told) const {
  return HintOfLogin(visit->ports->login->sealer(), visit->instance, told, visit->began);
}

absl::StatusOr<std::optional<row::v1::AuthRequest>> Step::Asked() const {
  const std::string& id = flow.auth_request_id();
  ASSIGN_OR_RETURN(auto row, visit->ports->database->Read().Get<row::v1::AuthRequest>(
                                 visit->instance, {projections::SessionDay(id), id}));
  // One of another browser, or for another login, is as good as none.
  const bool open = row.has_value() &&
                    visit->began < ToTime(row->added().added_at()) + kAuthRequestTime &&
                    ConstantTimeEqual(row->added().browser_hash(), flow.browser_hash());
  if (!open) row.reset();
  return row;
}

absl::StatusOr<std::optional<row::v1::User>> Step::UserOf(absl::string_view session_id) const {
  projections::View view = visit->ports->database->Read();
  const auto* held = SessionOf(browser, session_id);
  if (held == nullptr) return std::optional<row::v1::User>();
  ASSIGN_OR_RETURN(const auto session,
                   view.Get<row::v1::Session>(
                       visit->instance, {projections::SessionDay(held->id()), held->id()}));
  const bool stands =
      session.has_value() &&
      ConstantTimeEqual(SessionTokenHash(held->token()), session->token_hash()) &&
      !(session->has_expiration() && ToTime(session->expiration()) <= visit->began);
  if (!stands) return std::optional<row::v1::User>();
  return view.Get<row::v1::User>(visit->instance, {session->user_id()});
}

absl::StatusOr<std::optional<Step::Live>> Step::FindLive(
    absl::FunctionRef<bool(const row::v1::User& user)> fits) const {
  for (const auto& session : browser.session()) {
    ASSIGN_OR_RETURN(auto user, UserOf(session.id()));
    if (user.has_value() && fits(*user)) return Live{session.id(), *std::move(user)};
  }
  return std::nullopt;
}

std::string Step::LoginNameOf(const row::v1::User& user) const {
  return visit->owners().PreferredLoginName(visit->instance, user.organization_id(),
                                            user.username());
}

LoginPage::Fields Step::AccountOf(const row::v1::User& user) const {
  const auto& profile = user.profile();
  return {{"login_name", LoginNameOf(user)},
          {"display_name", profile.display_name()},
          {"initials",
           absl::StrCat(FirstOf(profile.given_name()), FirstOf(profile.family_name()))}};
}

std::string Step::ApplicationName() const {
  const projections::Clients& clients = visit->owners().clients();
  std::string client_id = flow.client_id();
  if (!flow.auth_request_id().empty()) {
    const auto asked = Asked();
    if (asked.ok() && asked->has_value()) client_id = (*asked)->added().client_id();
  } else if (!flow.device_id().empty()) {
    const std::string& id = flow.device_id();
    const auto device = visit->ports->database->Read().Get<row::v1::DeviceAuth>(
        visit->instance, {projections::SessionDay(id), id});
    if (device.ok() && device->has_value()) client_id = (*device)->added().client_id();
  }
  const auto client = clients.Find(visit->instance, client_id);
  return client == nullptr ? "" : client->name();
}

StepPtr OpenStep(const VisitPtr& visit) {
  auto step = std::make_shared<Step>();
  step->visit = visit;
  const absl::string_view cookie =
      CookieOf(visit->exchange->request().headers, CookieName(*visit));
  auto browser = visit->ports->login->OpenBrowser(cookie, visit->instance, visit->began);
  step->known = browser.has_value();
  step->changed = !step->known;
  step->browser = step->known ? *std::move(browser) : NewBrowser(visit->instance);
  step->flow.set_instance(visit->instance);
  step->flow.set_browser_hash(HashOf(step->browser));
  return step;
}

StepPtr ResumeStep(const VisitPtr& visit) {
  StepPtr step = OpenStep(visit);
  if (step->posted() && FromElsewhere(*visit)) {
    step->Trouble("bad_request", "login.other_site", 403);
    return nullptr;
  }
  auto flow = visit->ports->login->OpenFlow(visit->Param("flow"), visit->instance, visit->began);
  if (!flow.has_value()) {
    step->Trouble("flow_expired", "login.flow_invalid");
    return nullptr;
  }
  // A page that was copied to another browser goes on there no more than its form does.
  if (!step->known || !ConstantTimeEqual(flow->browser_hash(), HashOf(step->browser))) {
    step->Trouble(step->known ? "bad_request" : "cookies_off", "login.other_browser");
    return nullptr;
  }
  step->flow = *std::move(flow);
  return step;
}

void KeepSession(Step& step, const std::string& session_id, const std::string& token) {
  Keep(step.browser, session_id, token);
  step.changed = true;
  step.flow.set_session_id(session_id);
}

}  // namespace muniment::gateway
