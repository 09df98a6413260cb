#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/oidc_code.h"
#include "base/oidc_scope.h"
#include "base/text.h"
#include "gateway/login/login.h"
#include "gateway/login/step.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::gateway {
namespace {

using event::v1::OidcPrompt;
using zitadel::session::v2::CreateSessionRequest;
using zitadel::session::v2::CreateSessionResponse;
using zitadel::session::v2::SetSessionRequest;
using zitadel::session::v2::SetSessionResponse;

// As the published methods limit them (proto/zitadel/session/v2).
constexpr size_t kMaxLoginName = 200, kMaxPassword = 200;

// The domain that an application asks for, "acme.example", where names end with their organization's.
// Empty: none is asked for, or names stand alone.
std::string DomainAsked(const Step& step, const event::v1::AuthRequestAdded& asked) {
  const auto policy = step.visit->owners().DomainPolicy(step.visit->instance,
                                                        asked.required_organization_id());
  if (!policy.user_login_must_be_domain()) return {};
  for (const std::string& scope : asked.scope()) {
    if (const auto domain = RequiredDomain(scope)) return std::string(*domain);
  }
  return {};
}

std::string DomainAsked(const Step& step) {
  const auto row = step.Asked();
  return row.ok() && row->has_value() ? DomainAsked(step, (*row)->added()) : std::string();
}

// The organization that an application asks for, where its people's names have nothing behind them that
// tells whose they are and may be others' too. Empty: none is asked for, or names say enough.
std::string NamesWithin(const Step& step, const event::v1::AuthRequestAdded& asked) {
  const std::string& organization = asked.required_organization_id();
  const auto& owners = step.visit->owners();
  const uint64_t instance = step.visit->instance;
  const bool alone = !owners.DomainPolicy(instance, organization).user_login_must_be_domain();
  return alone && owners.SomeScopeUsernames(instance) ? organization : std::string();
}

std::string NamesWithin(const Step& step) {
  const auto row = step.Asked();
  return row.ok() && row->has_value() ? NamesWithin(step, (*row)->added()) : std::string();
}

// Whether it is his login name, `within` an organization where one is named.
bool IsNamed(const Step& step, const row::v1::User& user, absl::string_view name,
             const std::string& within) {
  if (name.empty() || (!within.empty() && user.organization_id() != within)) return false;
  return absl::EqualsIgnoreCase(step.LoginNameOf(user), name);
}

// A name is whole as it is, or is one within the domain; none stays none.
std::string WholeName(absl::string_view typed, const std::string& domain) {
  const bool whole = typed.empty() || domain.empty() || absl::StrContains(typed, '@');
  return whole ? std::string(typed) : absl::StrCat(typed, "@", domain);
}

void ShowName(const Step& step, const std::string& wrong = "") {
  LoginPage page = step.Form("name", kNamePath, wrong);
  page.Set("login_name", step.flow.login_name());
  const std::string domain = DomainAsked(step);
  if (!domain.empty()) page.Set("domain", LoginPage::Fields{{"suffix", absl::StrCat("@", domain)}});
  step.Show(std::move(page));
}

void ShowPassword(const Step& step, const std::string& wrong = "") {
  LoginPage page = step.Form("password", kPasswordPath, wrong);
  // Of an account nothing is told but what was typed: somebody may only have guessed it.
  page.Set("account", LoginPage::Fields{{"login_name", step.flow.login_name()}})
      .Set("change_href", step.Url(kNamePath));
  step.Show(std::move(page));
}

bool Asks(const event::v1::AuthRequestAdded& asked, OidcPrompt prompt) {
  return std::find(asked.prompt().begin(), asked.prompt().end(), prompt) != asked.prompt().end();
}

// Whom an application names comes before who was here last.
absl::StatusOr<std::optional<Step::Live>> SessionFor(const Step& step,
                                                     const event::v1::AuthRequestAdded& asked,
                                                     const std::string& name) {
  const std::string& id = asked.hint_user_id();
  const std::string within = NamesWithin(step, asked);
  return step.FindLive([&](const row::v1::User& user) {
    if (id.empty() && name.empty()) return true;
    return id == user.id() || IsNamed(step, user, name, within);
  });
}

void Refused(const StepPtr& step, const absl::Status& status) {
  const std::string reason(Reason(status));
  if (reason == "user.password_wrong" || reason == "user.not_found" ||
      reason == "session.password_not_allowed") {
    return ShowPassword(*step, "login_failed");
  }
  if (absl::IsResourceExhausted(status)) return ShowPassword(*step, "too_many");
  Turn(step, status);
}

void Begin(const StepPtr& step, const std::string& password) {
  CreateSessionRequest create;
  create.mutable_checks()->mutable_user()->set_login_name(step->flow.login_name());
  create.mutable_checks()->mutable_password()->set_password(password);
  auto* agent = create.mutable_user_agent();
  agent->set_ip(step->visit->exchange->request().peer);
  agent->set_description(step->visit->UserAgent());
  step->Call("zitadel.session.v2.SessionService/CreateSession", std::move(create),
             [step](absl::StatusOr<command::CommandAnswer> done) {
               if (!done.ok()) return Refused(step, done.status());
               const auto& made = static_cast<const CreateSessionResponse&>(*done->response);
               KeepSession(*step, made.session_id(), made.session_token());
               Continue(step);
             },
             NamesWithin(*step));
}

// Anew, in the session that the browser has of him.
void Prove(const StepPtr& step, const login::v1::Browser::Session& session,
           const std::string& password) {
  SetSessionRequest set;
  set.set_session_id(session.id());
  set.set_session_token(session.token());
  set.mutable_checks()->mutable_password()->set_password(password);
  step->Call("zitadel.session.v2.SessionService/SetSession", std::move(set),
             [step, password, id = session.id()](absl::StatusOr<command::CommandAnswer> done) {
               const auto reason = Reason(done.status());
               if (reason == "session.expired" || reason == "session.token_old" ||
                   reason == "session.not_found") {
                 Forget(step->browser, id);
                 return Begin(step, password);
               }
               if (!done.ok()) return Refused(step, done.status());
               const auto& made = static_cast<const SetSessionResponse&>(*done->response);
               KeepSession(*step, id, made.session_token());
               Continue(step);
             });
}

}  // namespace

void Arrive(const StepPtr& step, absl::string_view told) {
  step->flow.set_auth_request_id(std::string(RequestOfLogin(told)));
  const auto row = step->Asked();
  if (!row.ok()) return Turn(step, row.status());
  if (!row->has_value()) {
    step->flow.clear_auth_request_id();
    return step->Trouble("bad_request", "auth_request.not_found", 404);
  }
  const event::v1::AuthRequestAdded& asked = (*row)->added();
  *step->flow.mutable_ui_locale() = asked.ui_locale();
  const std::string hint = WholeName(step->HintOf(told), DomainAsked(*step, asked));
  step->flow.set_login_name(hint);
  step->silent = Asks(asked, event::v1::OIDC_PROMPT_NONE);
  const bool asks = Asks(asked, event::v1::OIDC_PROMPT_SELECT_ACCOUNT) ||
                    Asks(asked, event::v1::OIDC_PROMPT_CREATE);
  if (!asks) {
    const auto live = SessionFor(*step, asked, hint);
    if (!live.ok()) return Turn(step, live.status());
    if (live->has_value()) {
      step->flow.set_session_id((*live)->session_id);
      return Continue(step);
    }
  }
  if (step->silent) {
    return FailRequest(step, zitadel::oidc::v2::ERROR_REASON_LOGIN_REQUIRED);
  }
  ShowName(*step);
}

void LoginNamePage(const VisitPtr& visit) {
  const bool arrives = visit->exchange->request().method == "GET" && visit->Param("flow").empty();
  const StepPtr step = arrives ? OpenStep(visit) : ResumeStep(visit);
  if (step == nullptr) return;
  if (arrives && !visit->Param("authRequest").empty()) {
    return Arrive(step, visit->Param("authRequest"));
  }
  // Nobody sent him: he is told that he is signed in, if he is.
  if (arrives) {
    const auto live = SessionFor(*step, {}, "");
    if (!live.ok()) return Turn(step, live.status());
    if (live->has_value()) {
      step->flow.set_session_id((*live)->session_id);
      return Continue(step);
    }
  }
  if (!step->posted()) return ShowName(*step);
  if (TurnsBack(step)) return;
  const absl::string_view typed = absl::StripAsciiWhitespace(visit->Param("login_name"));
  const std::string name = WholeName(typed, DomainAsked(*step));
  const bool named = !typed.empty() && CodePoints(name) <= kMaxLoginName;
  step->flow.set_login_name(named ? name : "");
  step->flow.clear_session_id();
  if (!named) return ShowName(*step, typed.empty() ? "empty_name" : "login_failed");
  step->Go(step->Url(kPasswordPath));
}

void LoginPasswordPage(const VisitPtr& visit) {
  const StepPtr step = ResumeStep(visit);
  if (step == nullptr) return;
  if (step->flow.login_name().empty()) return step->Go(step->Url(kNamePath));
  if (!step->posted()) return ShowPassword(*step);
  if (TurnsBack(step)) return;
  const std::string password(visit->Param("password"));
  if (password.empty()) return ShowPassword(*step, "empty_password");
  // No password is so long, so nobody's is tried.
  if (CodePoints(password) > kMaxPassword) return ShowPassword(*step, "login_failed");
  const std::string within = NamesWithin(*step);
  const auto live = step->FindLive([&](const row::v1::User& user) {
    return IsNamed(*step, user, step->flow.login_name(), within);
  });
  if (!live.ok()) return Turn(step, live.status());
  if (!live->has_value()) return Begin(step, password);
  Prove(step, *SessionOf(step->browser, (*live)->session_id), password);
}

}  // namespace muniment::gateway
