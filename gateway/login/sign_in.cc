#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/oidc_code.h"
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
constexpr size_t kMaxLoginName = 200, kMaxPassword = 200, kMaxAgent = 500;
constexpr int kInvalid = 422;

void ShowName(const Step& step, const std::string& trouble = "") {
  LoginPage page = step.Form("name", kNamePath);
  page.Set("login_name", step.flow.login_name());
  if (!trouble.empty()) page.Set("error", step.texts->Say("errors", trouble));
  step.Show(std::move(page), trouble.empty() ? 200 : kInvalid);
}

void ShowPassword(const Step& step, const std::string& trouble = "") {
  LoginPage page = step.Form("password", kPasswordPath);
  // Of an account nothing is told but what was typed: somebody may only have guessed it.
  page.Set("account", LoginPage::Fields{{"login_name", step.flow.login_name()}})
      .Set("change_href", step.Url(kNamePath));
  if (!trouble.empty()) page.Set("error", step.texts->Say("errors", trouble));
  step.Show(std::move(page), trouble.empty() ? 200 : kInvalid);
}

bool Asks(const event::v1::AuthRequestAdded& asked, OidcPrompt prompt) {
  return std::find(asked.prompt().begin(), asked.prompt().end(), prompt) != asked.prompt().end();
}

// Whom an application names comes before who was here last.
std::string SessionFor(const Step& step, const event::v1::AuthRequestAdded& asked) {
  const bool names = !asked.hint_user_id().empty() || !asked.login_hint().empty();
  for (const auto& session : step.browser.session()) {
    const auto user = step.UserOf(session.id());
    if (!user.ok() || !user->has_value()) continue;
    if (!names || asked.hint_user_id() == (*user)->id() ||
        (!asked.login_hint().empty() &&
         absl::EqualsIgnoreCase(step.LoginNameOf(**user), asked.login_hint()))) {
      return session.id();
    }
  }
  return "";
}

// The session of this browser in which the named user is proved anew; null: there is none.
const login::v1::Browser::Session* Existing(const Step& step) {
  for (const auto& session : step.browser.session()) {
    const auto user = step.UserOf(session.id());
    if (!user.ok() || !user->has_value()) continue;
    if (absl::EqualsIgnoreCase(step.LoginNameOf(**user), step.flow.login_name())) return &session;
  }
  return nullptr;
}

void Refused(const StepPtr& step, const absl::Status& status) {
  const std::string reason(Reason(status));
  if (reason == "user.password_wrong" || reason == "user.not_found" ||
      reason == "session.password_not_allowed") {
    return ShowPassword(*step, "login_failed");
  }
  if (absl::IsResourceExhausted(status)) {
    LoginPage page = step->Form("password", kPasswordPath);
    page.Set("account", LoginPage::Fields{{"login_name", step->flow.login_name()}})
        .Set("change_href", step->Url(kNamePath))
        .Set("error", step->texts->Say("errors", "too_many"));
    return step->Show(std::move(page), 429);
  }
  Turn(step, status);
}

void Begin(const StepPtr& step, const std::string& password) {
  const net::Request& request = step->visit->exchange->request();
  CreateSessionRequest create;
  create.mutable_checks()->mutable_user()->set_login_name(step->flow.login_name());
  create.mutable_checks()->mutable_password()->set_password(password);
  auto* agent = create.mutable_user_agent();
  agent->set_ip(request.peer);
  const absl::string_view description = request.headers.Get("user-agent");
  if (description.size() <= kMaxAgent && ValidUtf8(description)) {
    agent->set_description(std::string(description));
  }
  step->Call("zitadel.session.v2.SessionService/CreateSession", std::move(create),
             [step](absl::StatusOr<command::CommandAnswer> done) {
               if (!done.ok()) return Refused(step, done.status());
               const auto& made = static_cast<const CreateSessionResponse&>(*done->response);
               KeepSession(*step, made.session_id(), made.session_token());
               Continue(step);
             });
}

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

void Arrive(const StepPtr& step, const std::string& auth_request_id) {
  step->flow.set_auth_request_id(auth_request_id);
  const auto row = step->Asked();
  if (!row.ok()) return Turn(step, row.status());
  if (!row->has_value()) {
    step->flow.clear_auth_request_id();
    return step->Trouble("bad_request", "auth_request.not_found", 404);
  }
  const event::v1::AuthRequestAdded& asked = (*row)->added();
  *step->flow.mutable_ui_locale() = asked.ui_locale();
  step->ChooseTexts();
  if (CodePoints(asked.login_hint()) <= kMaxLoginName) {
    step->flow.set_login_name(asked.login_hint());
  }
  step->silent = Asks(asked, event::v1::OIDC_PROMPT_NONE);
  const bool asks = Asks(asked, event::v1::OIDC_PROMPT_SELECT_ACCOUNT) ||
                    Asks(asked, event::v1::OIDC_PROMPT_CREATE);
  const std::string session = asks ? "" : SessionFor(*step, asked);
  if (!session.empty()) {
    step->flow.set_session_id(session);
    return Continue(step);
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
    return Arrive(step, std::string(RequestOfLogin(visit->Param("authRequest"))));
  }
  // Nobody sent him: he is told that he is signed in, if he is.
  const std::string session = arrives ? SessionFor(*step, {}) : "";
  if (!session.empty()) {
    step->flow.set_session_id(session);
    return Continue(step);
  }
  if (!step->posted()) return ShowName(*step);
  if (step->Does("cancel") && !step->flow.auth_request_id().empty()) {
    return FailRequest(step, zitadel::oidc::v2::ERROR_REASON_ACCESS_DENIED);
  }
  const absl::string_view typed = absl::StripAsciiWhitespace(visit->Param("login_name"));
  const bool named = !typed.empty() && CodePoints(typed) <= kMaxLoginName;
  step->flow.set_login_name(named ? std::string(typed) : "");
  step->flow.clear_session_id();
  if (!named) return ShowName(*step, typed.empty() ? "empty_name" : "login_failed");
  step->Go(step->Url(kPasswordPath));
}

void LoginPasswordPage(const VisitPtr& visit) {
  const StepPtr step = ResumeStep(visit);
  if (step == nullptr) return;
  if (step->flow.login_name().empty()) return step->Go(step->Url(kNamePath));
  if (!step->posted()) return ShowPassword(*step);
  if (step->Does("cancel") && !step->flow.auth_request_id().empty()) {
    return FailRequest(step, zitadel::oidc::v2::ERROR_REASON_ACCESS_DENIED);
  }
  const std::string password(visit->Param("password"));
  if (password.empty()) return ShowPassword(*step, "empty_password");
  // No password is so long, so nobody's is tried.
  if (CodePoints(password) > kMaxPassword) return ShowPassword(*step, "login_failed");
  const auto* session = Existing(*step);
  if (session == nullptr) return Begin(step, password);
  Prove(step, *session, password);
}

}  // namespace muniment::gateway
