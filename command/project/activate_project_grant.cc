#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/project/state.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::ActivateProjectGrantRequest;
using zitadel::project::v2::ActivateProjectGrantResponse;

absl::StatusOr<ActivateProjectGrantResponse> ActivateProjectGrant(
    Unit& unit, const ActivateProjectGrantRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto grant,
                   LoadProjectGrant(unit, project.id(), request.granted_organization_id()));
  RETURN_IF_ERROR(MayBecome(*grant, event::v1::ProjectGrantReactivated()));
  unit.Raise(grant, event::v1::ProjectGrantReactivated());
  return ActivateProjectGrantResponse();
}

}  // namespace muniment::command
