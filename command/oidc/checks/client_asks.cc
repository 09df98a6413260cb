#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"
#include "command/oidc/client_active.h"

namespace muniment::command {

absl::Status ClientAsks(AuthorizeFlow& flow) {
  const absl::string_view client_id = flow.Param("client_id");
  if (client_id.empty()) return OauthError(Oauth::kInvalidRequest, "client_id is missing.");
  ASSIGN_OR_RETURN(const std::string id, flow.unit.FindApplication(client_id));
  const absl::Status unknown =
      OauthError(Oauth::kInvalidClient, "There is no application with this client_id.");
  if (id.empty()) return unknown;
  ASSIGN_OR_RETURN(const auto application, flow.unit.LoadAny<Application>(id));
  if (!application->exists() || !application->oidc.has_value()) return unknown;
  ASSIGN_OR_RETURN(const bool active, IsActive(flow.unit, *application));
  if (!active) return unknown;
  flow.client = application;
  flow.asked.set_client_id(application->client_id);
  flow.asked.set_application_id(application->application_id);
  flow.asked.set_project_id(application->project_id);
  flow.asked.set_organization_id(application->organization_id);
  return absl::OkStatus();
}

}  // namespace muniment::command
