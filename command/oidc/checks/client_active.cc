#include "command/oidc/client_active.h"

#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/org/org.h"
#include "command/project/project.h"

namespace muniment::command {

absl::StatusOr<bool> IsActive(Unit& unit, const Application& application) {
  const auto owner = unit.LoadAny<Org>(application.organization_id);
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(application.project_id));
  RETURN_IF_ERROR(owner.status());
  return application.state == ApplicationState::kActive && project->active() && (*owner)->active();
}

// Told only to who proved to be the client.
absl::Status ClientActive(TokenFlow& flow) {
  ASSIGN_OR_RETURN(const bool active, IsActive(flow.unit, **flow.client));
  if (active) return absl::OkStatus();
  return OauthError(Oauth::kInvalidClient,
                    "The application, its project or its organization is inactive.");
}

}  // namespace muniment::command
