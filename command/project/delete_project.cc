#include "command/project/project.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::DeleteProjectRequest;
using zitadel::project::v2::DeleteProjectResponse;

absl::StatusOr<DeleteProjectResponse> DeleteProject(Unit& unit, const DeleteProjectRequest&) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  unit.Raise(project, event::v1::ProjectRemoved());
  return DeleteProjectResponse();
}

}  // namespace muniment::command
