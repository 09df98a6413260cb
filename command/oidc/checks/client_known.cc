#include "base/error.h"
#include "base/oauth_error.h"
#include "command/application/keys.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// An application's client, by its id. Whoever is not there answers like one who did not prove himself.
absl::Status ClientKnown(TokenFlow& flow) {
  const auto parameter = [&flow](absl::string_view name) { return flow.Param(name); };
  ASSIGN_OR_RETURN(flow.shown, ReadClient(flow.request.authorization(), parameter));
  ASSIGN_OR_RETURN(const std::string id, flow.unit.FindApplication(flow.shown.id));
  const absl::Status unknown = OauthError(Oauth::kInvalidClient,
                                          "The client is not known, or did not prove itself.");
  if (id.empty()) return unknown;
  (void)flow.unit.LoadAny<ApplicationKeys>(id);
  ASSIGN_OR_RETURN(const auto application, flow.unit.LoadAny<Application>(id));
  if (!application->exists() || application->client_id != flow.shown.id) return unknown;
  flow.client = application;
  flow.grant.set_client_id(application->client_id);
  flow.grant.set_application_id(application->application_id);
  flow.grant.set_project_id(application->project_id);
  return absl::OkStatus();
}

}  // namespace muniment::command
