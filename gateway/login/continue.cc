#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_facts.h"
#include "base/oidc_code.h"
#include "gateway/api/authenticator.h"
#include "gateway/log.h"
#include "gateway/login/step.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::oidc::v2::CreateCallbackRequest;
using zitadel::oidc::v2::CreateCallbackResponse;

enum class To { kName, kPassword, kCode, kTrouble, kOver };

// What a refusal leads to.
struct TurnRow {
  absl::string_view reason;
  To to;
  absl::string_view trouble;
  int status = 400;
};

constexpr TurnRow kTurns[] = {
    {"session.not_found", To::kPassword, ""},
    {"session.expired", To::kPassword, ""},
    {"session.token_old", To::kPassword, ""},
    {"auth.token_invalid", To::kPassword, ""},
    {"session.credentials_changed", To::kPassword, ""},
    {"auth_request.proof_too_old", To::kPassword, ""},
    {"auth_request.proof_too_weak", To::kCode, ""},
    {"auth_request.user_differs", To::kName, ""},
    {"auth_request.not_admitted", To::kTrouble, "not_admitted", 403},
    {"auth.password_change_required", To::kTrouble, "password_change_required", 403},
    {"user.locked", To::kTrouble, "locked", 403},
    {"user.not_active", To::kTrouble, "locked", 403},
    {"auth_request.expired", To::kOver, "flow_expired"},
    {"auth_request.handled", To::kOver, "bad_request"},
    {"auth_request.withdrawn", To::kOver, "bad_request"},
    {"auth_request.application_inactive", To::kOver, "bad_request"},
    {"auth_request.not_found", To::kOver, "bad_request"},
    {"device_authorization.expired", To::kOver, "flow_expired"},
    {"device_authorization.handled", To::kOver, "bad_request"},
    {"device_authorization.not_found", To::kOver, "bad_request"},
};

void AskForPassword(const StepPtr& step) {
  const auto user = step->UserOf(step->flow.session_id());
  if (user.ok() && user->has_value()) step->flow.set_login_name(step->LoginNameOf(**user));
  step->Go(step->Url(step->flow.login_name().empty() ? kNamePath : kPasswordPath));
}

}  // namespace

absl::Status Proved(const Step& step) {
  const auto* held = SessionOf(step.browser, step.flow.session_id());
  if (held == nullptr) {
    return Error(absl::StatusCode::kNotFound, "session.not_found", "There is none.");
  }
  const Visit& visit = *step.visit;
  projections::View view = visit.ports->database->Read();
  const std::string header = absl::StrCat("Bearer ", held->token());
  return FindCaller(view, visit.owners(), visit.instance,
                    {.authorization = header, .organization = ""}, visit.began)
      .status();
}

namespace {

// The application is told, whichever way it is.
void SendBack(const StepPtr& step, CreateCallbackRequest request) {
  request.set_auth_request_id(LoginRequestId(step->flow.auth_request_id()));
  step->Call("zitadel.oidc.v2.OIDCService/CreateCallback", std::move(request),
             [step](absl::StatusOr<command::CommandAnswer> done) {
               if (!done.ok()) return Turn(step, done.status());
               const auto& answer = static_cast<const CreateCallbackResponse&>(*done->response);
               step->Go(answer.callback_url());
             });
}

}  // namespace

void Continue(const StepPtr& step) {
  const auto* session = SessionOf(step->browser, step->flow.session_id());
  if (session != nullptr && !step->flow.auth_request_id().empty()) {
    CreateCallbackRequest request;
    request.mutable_session()->set_session_id(session->id());
    request.mutable_session()->set_session_token(session->token());
    return SendBack(step, std::move(request));
  }
  if (const absl::Status proved = Proved(*step); !proved.ok()) return Turn(step, proved);
  if (!step->flow.device_id().empty()) return step->Go(step->Url(kConsentPath));
  const auto user = step->UserOf(session->id());
  LoginPage page = step->Page("signed_in");
  if (user.ok() && user->has_value()) {
    page.Set("account", step->AccountOf(**user)).Set("change_href", step->Url(kNamePath));
  }
  step->Show(std::move(page));
}

void Turn(const StepPtr& step, const absl::Status& status) {
  const std::string reason(Reason(status));
  const auto* row = std::find_if(std::begin(kTurns), std::end(kTurns),
                                 [&reason](const TurnRow& each) { return each.reason == reason; });
  const bool second = ErrorFact(status, "lacks") == "second_factor";
  std::optional<To> to;
  if (row != std::end(kTurns)) to = row->to;
  if (reason == "auth.session_unproved") to = second ? To::kCode : To::kPassword;
  if (to == To::kOver) {
    // It is answered no more, whatever is tried.
    step->flow.clear_auth_request_id();
    step->flow.clear_device_id();
    return step->Trouble(std::string(row->trouble), reason, row->status);
  }
  if (step->silent && to.has_value()) {
    return FailRequest(step, to == To::kTrouble
                                 ? zitadel::oidc::v2::ERROR_REASON_INTERACTION_REQUIRED
                                 : zitadel::oidc::v2::ERROR_REASON_LOGIN_REQUIRED);
  }
  if (to == To::kName) return step->Go(step->Url(kNamePath));
  if (to == To::kPassword) return AskForPassword(step);
  if (to == To::kCode) {
    // A code was typed already, and the application asks for more than there is (OpenID Connect Core
    // section 5.5.1.1).
    if (reason == "auth_request.proof_too_weak" &&
        step->flow.way() != login::v1::WAY_UNSPECIFIED) {
      return FailRequest(step, zitadel::oidc::v2::ERROR_REASON_INTERACTION_REQUIRED);
    }
    return AskForCode(step, login::v1::WAY_UNSPECIFIED);
  }
  if (to == To::kTrouble) return step->Trouble(std::string(row->trouble), reason, row->status);
  if (absl::IsResourceExhausted(status)) return step->Trouble("too_many", reason, 429);
  const bool ours = absl::IsInternal(status) || absl::IsUnavailable(status) ||
                    absl::IsDeadlineExceeded(status) || absl::IsUnknown(status);
  if (ours) {
    LogError("a page of the login failed", {{"path", step->visit->exchange->request().path},
                                            {"why", std::string(status.message())}});
    return step->Trouble("unavailable", reason, 503);
  }
  step->Trouble("bad_request", reason);
}

void FailRequest(const StepPtr& step, zitadel::oidc::v2::ErrorReason reason) {
  step->silent = false;
  CreateCallbackRequest request;
  request.mutable_error()->set_error(reason);
  SendBack(step, std::move(request));
}

bool TurnsBack(const StepPtr& step) {
  if (!step->Does("cancel") || step->flow.auth_request_id().empty()) return false;
  FailRequest(step, zitadel::oidc::v2::ERROR_REASON_ACCESS_DENIED);
  return true;
}

}  // namespace muniment::gateway
