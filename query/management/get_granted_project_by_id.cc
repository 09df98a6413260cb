#include "query/management/granted_projects.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::GetGrantedProjectByIDRequest;
using zitadel::management::v1::GetGrantedProjectByIDResponse;

absl::StatusOr<GetGrantedProjectByIDResponse> GetGrantedProjectByID(
    Reader& reader, const GetGrantedProjectByIDRequest& request) {
  const std::string& organization = reader.call().caller.working_organization_id();
  ASSIGN_OR_RETURN(const auto grant,
                   OneGrant(reader, {{"project_id", request.project_id()},
                                     {"grant_id", request.grant_id()},
                                     {"granted_organization_id", organization}}));
  GetGrantedProjectByIDResponse response;
  PresentGrantedProject(reader, grant, response.mutable_granted_project());
  return response;
}

}  // namespace muniment::query
