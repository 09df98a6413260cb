#include "query/management/granted_projects.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::GetProjectGrantByIDRequest;
using zitadel::management::v1::GetProjectGrantByIDResponse;

absl::StatusOr<GetProjectGrantByIDResponse> GetProjectGrantByID(
    Reader& reader, const GetProjectGrantByIDRequest& request) {
  ASSIGN_OR_RETURN(const auto grant, OneGrant(reader, {{"project_id", request.project_id()},
                                                       {"grant_id", request.grant_id()}}));
  GetProjectGrantByIDResponse response;
  PresentGrantedProject(reader, grant, response.mutable_project_grant());
  return response;
}

}  // namespace muniment::query
