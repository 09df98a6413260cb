// One request to a page of the login: which browser it is, what is under way there, and how it is
// answered. As a visit (gateway/oidc/visit.h) it is shared by the steps that it takes over threads.
//
// The login has no more rights than its visitor has proved: what it does goes by the published commands,
// with a session's token of the browser's own cookie, and what comes next is decided by their answers.
#ifndef MUNIMENT_GATEWAY_LOGIN_STEP_H_
#define MUNIMENT_GATEWAY_LOGIN_STEP_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/handler.h"
#include "gateway/login/page.h"
#include "gateway/login/seals.h"
#include "gateway/login/texts.h"
#include "gateway/oidc/visit.h"
#include "muniment/login/v1/login.pb.h"
#include "muniment/row/v1/oidc.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "zitadel/oidc/v2/authorization.pb.h"

namespace muniment::gateway {

// Below gateway/oidc/own_login.h's kOwnLogin.
inline constexpr absl::string_view kNamePath = "/ui/v2/login/login";
inline constexpr absl::string_view kPasswordPath = "/ui/v2/login/password";
inline constexpr absl::string_view kCodePath = "/ui/v2/login/code";
inline constexpr absl::string_view kDevicePath = "/ui/v2/login/device";
inline constexpr absl::string_view kConsentPath = "/ui/v2/login/device/consent";
inline constexpr absl::string_view kLogoutPath = "/ui/v2/login/logout";

struct Step {
  VisitPtr visit;
  login::v1::Browser browser;
  bool known = false;   // it brought its cookie
  bool changed = false;  // the cookie is to be set
  login::v1::Flow flow;
  // Of a request with prompt=none: what would show a page fails it (OpenID Connect Core section
  // 3.1.2.1).
  bool silent = false;

  bool posted() const { return visit->exchange->request().method == "POST"; }
  // Of the form: "cancel", "resend".
  bool Does(absl::string_view what) const { return visit->Param("do") == what; }
  std::string Url(absl::string_view path) const;  // with what is under way

  // The page with what each shows: whose instance it is, and the application that waits.
  LoginPage Page(const std::string& name, const std::string& said = "") const;
  // With a form that posts to `path`; `wrong`: LoginPage::Wrong.
  LoginPage Form(const std::string& name, absl::string_view path,
                 const std::string& wrong = "") const;
  void Show(LoginPage page) const { Show(page.status(), std::move(page)); }
  void Show(int status, LoginPage page) const;
  // A page of "errors", or where there is no such page the one for what nobody expects. `reason`: for
  // support.
  void Trouble(const std::string& key, absl::string_view reason, int status = 400) const;
  void Go(const std::string& url) const;
  std::string Cookie() const;

  // A published command, as the system; in the organization, where one is named.
  template <class Request>
  void Call(absl::string_view method, Request request,
            absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done,
            const std::string& organization_id = "") const {
    visit->Call(method, std::make_shared<Request>(std::move(request)), std::move(done),
                organization_id);
  }

  // How a login is told of the request that this visit made, with whom the application wants
  // (login_hint) sealed in it; and whom it says, or nobody.
  std::string Told(absl::string_view auth_request_id) const;
  std::string HintOf(absl::string_view told) const;

  // The row of the request that is under way; absent: none, or it is answered or over.
  absl::StatusOr<std::optional<row::v1::AuthRequest>> Asked() const;
  // Whose session of this browser it is; absent: it has ended, or the browser's token of it is an
  // earlier one.
  absl::StatusOr<std::optional<row::v1::User>> UserOf(absl::string_view session_id) const;
  // The first session of this browser that stands and `fits` its user.
  struct Live {
    std::string session_id;
    row::v1::User user;
  };
  absl::StatusOr<std::optional<Live>> FindLive(
      absl::FunctionRef<bool(const row::v1::User& user)> fits) const;
  LoginPage::Fields AccountOf(const row::v1::User& user) const;
  std::string LoginNameOf(const row::v1::User& user) const;
  std::string ApplicationName() const;
};

using StepPtr = std::shared_ptr<Step>;

// Reads the browser's cookie, or gives it one.
StepPtr OpenStep(const VisitPtr& visit);
// An application's request comes to our pages, under the id by which logins are told of it.
void Arrive(const StepPtr& step, absl::string_view told);
// The same as OpenStep, of a page that goes on with what is under way. Nothing, and answered, where nothing is.
StepPtr ResumeStep(const VisitPtr& visit);

// Whether the session under way acts for its user, as the gateway asks of any call.
absl::Status Proved(const Step& step);

// What comes next once a session may have proved enough: the answer, or a page that asks for what lacks.
void Continue(const StepPtr& step);
// What comes next after a refusal. `status` is not OK.
void Turn(const StepPtr& step, const absl::Status& status);
// Asks for a code of one of the ways that the session's user has; of WAY_UNSPECIFIED the first.
void AskForCode(const StepPtr& step, login::v1::Way way);
std::vector<login::v1::Way> WaysOf(const Step& step);

// Whether somebody turned back to the application that sent him; answered then.
bool TurnsBack(const StepPtr& step);

// Ends what the application asked for with an error.
void FailRequest(const StepPtr& step, zitadel::oidc::v2::ErrorReason reason);

// Keeps what a command answered of a session.
void KeepSession(Step& step, const std::string& session_id, const std::string& token);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_STEP_H_
