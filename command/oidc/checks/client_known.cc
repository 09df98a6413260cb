#include "base/error.h"
#include "base/oauth_error.h"
#include "command/application/keys.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// An application's client, by its id. Whoever is not there answers like one who did not prove himself.
absl::Status ClientKnown(TokenFlow& flow) {
  RETURN_IF_ERROR(ReadShown(flow));
  ASSIGN_OR_RETURN(const std::string id, flow.unit.FindApplication(flow.shown.id));
  if (id.empty()) return UnknownClient();
  (void)flow.unit.LoadAny<ApplicationKeys>(id);
  ASSIGN_OR_RETURN(const auto application, flow.unit.LoadAny<Application>(id));
  if (!application->exists() || application->client_id != flow.shown.id) return UnknownClient();
  flow.client = application;
  flow.grant.set_client_id(application->client_id);
  flow.grant.set_application_id(application->application_id);
  flow.grant.set_project_id(application->project_id);
  return absl::OkStatus();
}

}  // namespace muniment::command
