#include "command/oidc/authorize.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "base/error_facts.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "base/redirect.h"
#include "gateway/api/authenticator.h"
#include "gateway/login/step.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/hint.h"
#include "gateway/oidc/own_login.h"

namespace muniment::gateway {
namespace {

void Refuse(const Visit& visit, const absl::Status& status) {
  const std::string uri = ErrorFact(status, command::kErrorRedirect);
  if (uri.empty()) return visit.RefusePage(status);
  Parameters answer = {{"error", std::string(OauthErrorOf(status).name)},
                       {"error_description", visit.Description(status)}};
  const absl::string_view state = visit.Param("state");
  if (!state.empty()) answer.emplace_back("state", std::string(state));
  answer.emplace_back("iss", visit.issuer);
  int mode = 0;
  (void)absl::SimpleAtoi(ErrorFact(status, command::kErrorMode), &mode);
  if (mode == event::v1::OIDC_RESPONSE_MODE_FORM_POST) return visit.PostOn(uri, answer);
  visit.Redirect(RedirectTo(uri, static_cast<event::v1::OidcResponseMode>(mode), answer));
}

// A login of one's own names itself, and proves it by a token: that of a user who links sessions.
void NameLogin(Visit& visit) {
  const absl::string_view login =
      visit.exchange->request().headers.Get("x-zitadel-login-client");
  if (login.empty() || visit.Bearer().empty()) return;
  projections::View view = visit.ports->database->Read();
  const auto caller =
      FindCaller(view, visit.owners(), visit.instance,
                 {.authorization = visit.request.authorization(),
                  .organization = {},
                  .before_password_change = false,
                  .access = {visit.ports->sealed, visit.ports->signer}},
                 visit.began);
  if (!caller.ok() || caller->user_id != login) return;
  const auto roles = visit.owners().InstanceRoles(visit.instance, caller->user_id);
  const auto books = visit.owners().Books(visit.instance, "");
  if (!AllowsOn(Level::kInstance, roles, kLinkPermission, books.books())) return;
  visit.request.set_login_client_id(std::string(login));
}

}  // namespace

void AuthorizePage(const VisitPtr& visit) {
  if (const absl::Status room = visit->MayAsk(); !room.ok()) return visit->RefusePage(room);
  NameLogin(*visit);
  ReadHint(*visit);
  const StepPtr step = OpenStep(visit);
  visit->request.set_browser_hash(step->flow.browser_hash());
  visit->Run(command::AuthorizeHandler(), [step](absl::StatusOr<command::CommandAnswer> answer) {
    const Visit& came = *step->visit;
    if (!answer.ok()) return Refuse(came, answer.status());
    const auto& authorized = static_cast<const oidc::v1::Authorized&>(*answer->response);
    // A frame's browser may keep no cookie from here to the next page, and needs none for no page.
    const std::string told = step->Told(authorized.auth_request_id());
    if (authorized.silent()) return Arrive(step, told);
    const std::string base = LoginBase(came.issuer, authorized.login_base_uri());
    const std::string url = absl::StrCat(base, "/login?authRequest=", told);
    if (!authorized.login_base_uri().empty()) return came.Redirect(url);
    step->Go(url);
  });
}

}  // namespace muniment::gateway
