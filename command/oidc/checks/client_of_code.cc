#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// Of a sign-in whose answer goes by the browser: no client asks, so the code says which it is.
absl::Status ClientOfCode(TokenFlow& flow) {
  const event::v1::AuthRequestAdded& asked = (*flow.auth_request)->asked;
  ASSIGN_OR_RETURN(const auto application,
                   flow.unit.LoadAny<Application>(
                       ApplicationStreamId(asked.project_id(), asked.application_id())));
  if (!application->exists() || !application->oidc.has_value()) {
    return OauthError(Oauth::kInvalidClient, "The application was removed.");
  }
  flow.client = application;
  flow.grant.set_client_id(asked.client_id());
  flow.grant.set_application_id(asked.application_id());
  flow.grant.set_project_id(asked.project_id());
  return absl::OkStatus();
}

}  // namespace muniment::command
