#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/oidc_code.h"
#include "base/oidc_scope.h"
#include "gateway/login/login.h"
#include "gateway/login/step.h"
#include "gateway/oidc/own_login.h"
#include "projections/session_key.h"
#include "query/oidc/find_device.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::oidc::v2::AuthorizeOrDenyDeviceAuthorizationRequest;

constexpr size_t kMaxUserCode = 100;

void ShowDevice(const Step& step, const std::string& typed, const std::string& wrong = "") {
  LoginPage page = step.Form("device", kDevicePath, wrong);
  if (typed.size() <= kMaxUserCode) page.Set("user_code", typed);
  step.Show(std::move(page));
}

// What a scope lets the device do, in words.
std::string TextOf(const Visit& visit, const LoginTexts& texts, const std::string& scope) {
  const std::string known = texts.Say("device_consent", absl::StrCat("scope_", scope));
  if (!known.empty() && scope != "other") return known;
  std::string named = scope;
  if (const auto id = ProjectAudience(scope)) {
    const auto project = visit.owners().projects().Project(visit.instance, std::string(*id));
    if (project != nullptr) named = project->name();
    if (*id == kPlatformProject) named = visit.issuer;
  }
  return texts.Say("device_consent", "scope_other", {{"Scope", named}});
}

absl::StatusOr<std::optional<row::v1::DeviceAuth>> DeviceOf(const Step& step) {
  const std::string& id = step.flow.device_id();
  return step.visit->ports->database->Read().Get<row::v1::DeviceAuth>(
      step.visit->instance, {projections::SessionDay(id), id});
}

void ShowConsent(const StepPtr& step) {
  const auto device = DeviceOf(*step);
  const auto user = step->UserOf(step->flow.session_id());
  if (!device.ok()) return Turn(step, device.status());
  if (!user.ok()) return Turn(step, user.status());
  if (!device->has_value()) {
    step->flow.clear_device_id();
    return step->Trouble("flow_expired", "device_authorization.not_found");
  }
  if (!user->has_value()) return Continue(step);
  LoginPage page = step->Form("device_consent", kConsentPath);
  std::vector<LoginPage::Fields> scopes;
  for (const std::string& scope : (*device)->added().scope()) {
    scopes.push_back({{"text", TextOf(*step->visit, page.texts(), scope)}});
  }
  page.Set("account", step->AccountOf(**user))
      .Set("change_href", step->Url(kNamePath))
      .List("scopes", scopes)
      .Set("user_code", step->flow.user_code());
  step->Show(std::move(page));
}

void Decide(const StepPtr& step, bool allow) {
  AuthorizeOrDenyDeviceAuthorizationRequest request;
  request.set_device_authorization_id(step->flow.device_id());
  const auto* session = SessionOf(step->browser, step->flow.session_id());
  if (allow && session == nullptr) return Continue(step);
  if (allow) {
    request.mutable_session()->set_session_id(session->id());
    request.mutable_session()->set_session_token(session->token());
  } else {
    request.mutable_deny();
  }
  step->Call("zitadel.oidc.v2.OIDCService/AuthorizeOrDenyDeviceAuthorization", std::move(request),
             [step, allow](absl::StatusOr<command::CommandAnswer> done) {
               if (!done.ok()) return Turn(step, done.status());
               step->Show(step->Page("signed_in", allow ? "device_allowed" : "device_denied"));
             });
}

}  // namespace

void LoginDevicePage(const VisitPtr& visit) {
  const bool arrives = visit->exchange->request().method == "GET";
  const StepPtr step = arrives ? OpenStep(visit) : ResumeStep(visit);
  if (step == nullptr) return;
  const std::string typed(absl::StripAsciiWhitespace(visit->Param("user_code")));
  if (arrives) return ShowDevice(*step, typed);
  if (typed.empty()) return ShowDevice(*step, "", "empty_code");
  // Who types one code after the other guesses (RFC 8628 section 5.1).
  const std::string& peer = visit->exchange->request().peer;
  if (!visit->ports->guesses->Allow(peer, visit->began)) return ShowDevice(*step, typed, "too_many");
  projections::View view = visit->ports->database->Read();
  const auto device = query::FindDevice(view, *visit->ports->codec, visit->instance, typed,
                                        visit->began);
  if (!device.ok()) return Turn(step, device.status());
  if (!device->has_value()) return ShowDevice(*step, typed, "user_code_unknown");
  const std::string login = LoginOf(*visit, (*device)->added().client_id());
  if (login != LoginBase(visit->issuer, "")) return step->Go(DevicePageOf(login, typed));
  step->flow.set_device_id((*device)->id());
  step->flow.set_user_code(ShownUserCode(NormalUserCode(typed)));
  const auto live = step->FindLive([](const row::v1::User&) { return true; });
  if (!live.ok()) return Turn(step, live.status());
  if (!live->has_value()) return step->Go(step->Url(kNamePath));
  step->flow.set_session_id((*live)->session_id);
  Continue(step);
}

void LoginConsentPage(const VisitPtr& visit) {
  const StepPtr step = ResumeStep(visit);
  if (step == nullptr) return;
  if (step->flow.device_id().empty()) return step->Go(std::string(kDevicePath));
  if (const absl::Status proved = Proved(*step); !proved.ok()) return Turn(step, proved);
  if (!step->posted()) return ShowConsent(step);
  if (step->Does("allow")) return Decide(step, true);
  if (step->Does("deny")) return Decide(step, false);
  ShowConsent(step);
}

}  // namespace muniment::gateway
