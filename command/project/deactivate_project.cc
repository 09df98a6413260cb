#include "command/change_state.h"
#include "command/project/state.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::DeactivateProjectRequest;
using zitadel::project::v2::DeactivateProjectResponse;

absl::StatusOr<DeactivateProjectResponse> DeactivateProject(Unit& unit, const DeactivateProjectRequest&) {
  return ChangeState<Project, event::v1::ProjectDeactivated, DeactivateProjectResponse>(unit);
}

}  // namespace muniment::command
