#include "command/change_state.h"
#include "command/project/state.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::ActivateProjectRequest;
using zitadel::project::v2::ActivateProjectResponse;

absl::StatusOr<ActivateProjectResponse> ActivateProject(Unit& unit, const ActivateProjectRequest&) {
  return ChangeState<Project, event::v1::ProjectReactivated, ActivateProjectResponse>(unit);
}

}  // namespace muniment::command
