#include "command/oidc/end_session.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/redirect.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/hint.h"
#include "gateway/oidc/own_login.h"

namespace muniment::gateway {
namespace {

// Nobody is signed out on a stranger's word: the login asks (section 2). It is told what was asked for
// here, and comes back here with it: what it is told proves nothing.
std::string AskAtLogin(const Visit& visit) {
  Parameters parameters;
  for (const char* name :
       {"client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"}) {
    const std::string value(visit.Param(name));
    if (!value.empty()) parameters.emplace_back(name, value);
  }
  const std::string page = absl::StrCat(LoginOf(visit, visit.Param("client_id")), "/logout");
  if (parameters.empty()) return page;
  return RedirectTo(page, event::v1::OIDC_RESPONSE_MODE_QUERY, parameters);
}

}  // namespace

void EndSession(const VisitPtr& visit) {
  ReadHint(*visit);
  visit->Run(command::EndSessionHandler(), [visit](absl::StatusOr<command::CommandAnswer> answer) {
    if (!answer.ok()) return visit->RefusePage(answer.status());
    const auto& done = static_cast<const oidc::v1::Done&>(*answer->response);
    if (visit->request.hint_session_id().empty()) {
      return visit->Redirect(AskAtLogin(*visit));
    }
    if (!done.redirect_uri().empty()) return visit->Redirect(done.redirect_uri());
    visit->Show(200, visit->Page("logged_out"));
  });
}

}  // namespace muniment::gateway
