#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/end_session.h"
#include "gateway/login/login.h"
#include "gateway/login/step.h"

namespace muniment::gateway {
namespace {

// What the application asked for, as the endpoint takes it.
void AddAsked(const Step& step, oidc::v1::Request& request) {
  request.clear_parameter();
  const std::pair<const char*, const std::string&> asked[] = {
      {"client_id", step.flow.client_id()},
      {"post_logout_redirect_uri", step.flow.post_logout_redirect_uri()},
      {"state", step.flow.state()}};
  for (const auto& [name, value] : asked) {
    if (value.empty()) continue;
    auto* parameter = request.add_parameter();
    parameter->set_name(name);
    parameter->set_value(value);
  }
}

void Finish(const StepPtr& step, const oidc::v1::Done& ended) {
  if (!ended.redirect_uri().empty()) return step->Go(ended.redirect_uri());
  step->Show(step->Page("logged_out"));
}

// Runs the endpoint's command: it holds against its rules where the browser is to go, and ends the
// session, if one is named.
void Run(const StepPtr& step, const std::string& session_id, const std::string& user_id,
         absl::AnyInvocable<void(const oidc::v1::Done&)> then) {
  oidc::v1::Request& request = step->visit->request;
  AddAsked(*step, request);
  request.set_hint_session_id(session_id);
  request.set_hint_user_id(user_id);
  step->visit->Run(
      command::EndSessionHandler(), [step, session_id, then = std::move(then)](
                                        absl::StatusOr<command::CommandAnswer> done) mutable {
        if (IsOauthError(done.status(), Oauth::kInvalidRequest)) {
          return step->Trouble("bad_request", Reason(done.status()));
        }
        if (!done.ok()) return Turn(step, done.status());
        if (!session_id.empty()) {
          Forget(step->browser, session_id);
          step->changed = true;
        }
        then(static_cast<const oidc::v1::Done&>(*done->response));
      });
}

// Every session of the user's that this browser has.
void EndAll(const StepPtr& step, const std::string& user_id) {
  const auto live =
      step->FindLive([&user_id](const row::v1::User& user) { return user.id() == user_id; });
  if (!live.ok()) return Turn(step, live.status());
  if (live->has_value()) {
    return Run(step, (*live)->session_id, user_id,
               [step, user_id](const oidc::v1::Done&) { EndAll(step, user_id); });
  }
  Run(step, "", "", [step](const oidc::v1::Done& ended) { Finish(step, ended); });
}

// Whoever was here last is asked; those that ended elsewhere are nobody's to end.
void Ask(const StepPtr& step, const oidc::v1::Done& otherwise) {
  const auto live = step->FindLive([](const row::v1::User&) { return true; });
  if (!live.ok()) return Turn(step, live.status());
  if (!live->has_value()) return Finish(step, otherwise);
  step->flow.set_session_id((*live)->session_id);
  LoginPage page = step->Form("logout", kLogoutPath);
  page.Set("account", step->AccountOf((*live)->user));
  step->Show(std::move(page));
}

}  // namespace

void LoginLogoutPage(const VisitPtr& visit) {
  if (visit->exchange->request().method == "GET") {
    const StepPtr step = OpenStep(visit);
    step->flow.set_client_id(std::string(visit->Param("client_id")));
    step->flow.set_post_logout_redirect_uri(
        std::string(visit->Param("post_logout_redirect_uri")));
    step->flow.set_state(std::string(visit->Param("state")));
    for (const absl::string_view each :
         absl::StrSplit(visit->Param("ui_locales"), ' ', absl::SkipEmpty())) {
      if (step->flow.ui_locale_size() < 10) step->flow.add_ui_locale(std::string(each));
    }
    return Run(step, "", "", [step](const oidc::v1::Done& otherwise) { Ask(step, otherwise); });
  }
  const StepPtr step = ResumeStep(visit);
  if (step == nullptr) return;
  const auto user = step->UserOf(step->flow.session_id());
  if (!user.ok()) return Turn(step, user.status());
  EndAll(step, user->has_value() ? (*user)->id() : "");
}

}  // namespace muniment::gateway
