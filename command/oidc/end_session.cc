#include "command/oidc/end_session.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_application.h"
#include "base/redirect.h"
#include "command/application/application.h"
#include "command/oidc/authorize_flow.h"
#include "command/oidc/session_logout.h"
#include "command/session/session.h"

namespace muniment::command {

namespace {

// Section 2: the ID token is ours, and of the client that is named beside it.
absl::Status HintAgrees(AuthorizeFlow& flow) {
  const absl::string_view client_id = flow.Param("client_id");
  if (flow.Param("id_token_hint").empty()) return absl::OkStatus();
  if (flow.request.hint_user_id().empty()) {
    return OauthError(Oauth::kInvalidRequest, "id_token_hint is no ID token of this issuer.");
  }
  if (client_id.empty() || client_id == flow.request.hint_client_id()) return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest, "id_token_hint is of another client than client_id.");
}

// The one that is named, if there is one such.
absl::Status FindClient(AuthorizeFlow& flow) {
  std::string client_id(flow.Param("client_id"));
  if (client_id.empty()) client_id = flow.request.hint_client_id();
  if (client_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string id, flow.unit.FindApplication(client_id));
  if (id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto application, flow.unit.LoadAny<Application>(id));
  if (application->exists() && application->oidc.has_value()) flow.client = application;
  return absl::OkStatus();
}

// Section 3: to nowhere but where the client registered.
absl::Status ReturnRegistered(AuthorizeFlow& flow) {
  const absl::string_view uri = flow.Param("post_logout_redirect_uri");
  const bool registered = uri.empty() || (flow.client.has_value() &&
                                          MayReturnTo(*(*flow.client)->oidc, uri));
  if (registered) return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest,
                    "post_logout_redirect_uri is not one that the application has registered.");
}

constexpr Step<AuthorizeFlow> kSteps[] = {
    {"hint_agrees", "OpenID Connect RP-Initiated Logout section 2", &HintAgrees},
    {"return_registered", "OpenID Connect RP-Initiated Logout section 3", &ReturnRegistered},
};

absl::Status End(Unit& unit, const oidc::v1::Request& request) {
  if (request.hint_session_id().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(request.hint_session_id()));
  if (!session.exists() || session->user_id != request.hint_user_id()) return absl::OkStatus();
  return TerminateSession(unit, session);
}

}  // namespace

absl::StatusOr<oidc::v1::Done> EndSession(Unit& unit, const oidc::v1::Request& request) {
  AuthorizeFlow flow(unit, request);
  RETURN_IF_ERROR(FindClient(flow));
  absl::Status status = RunSteps<AuthorizeFlow>(kSteps, flow);
  if (!status.ok()) return InDevelopment(flow.client, std::move(status));
  RETURN_IF_ERROR(End(unit, request));
  oidc::v1::Done done;
  const std::string uri(flow.Param("post_logout_redirect_uri"));
  if (uri.empty()) return done;
  const std::string state(flow.Param("state"));
  done.set_redirect_uri(state.empty() ? uri
                                      : RedirectTo(uri, event::v1::OIDC_RESPONSE_MODE_QUERY,
                                                   {{"state", state}}));
  return done;
}

const Handler& EndSessionHandler() {
  static const Handler handler = MakeHandler("muniment.oidc.EndSession", &EndSession);
  return handler;
}

}  // namespace muniment::command
