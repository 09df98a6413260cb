#include "command/project/grant.h"
#include "command/project/project.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::DeleteProjectGrantRequest;
using zitadel::project::v2::DeleteProjectGrantResponse;

absl::StatusOr<DeleteProjectGrantResponse> DeleteProjectGrant(
    Unit& unit, const DeleteProjectGrantRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto grant,
                   LoadProjectGrant(unit, project.id(), request.granted_organization_id()));
  unit.Raise(grant, event::v1::ProjectGrantRemoved());
  return DeleteProjectGrantResponse();
}

}  // namespace muniment::command
