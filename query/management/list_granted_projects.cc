#include "query/management/granted_projects.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListGrantedProjectsRequest;
using zitadel::management::v1::ListGrantedProjectsResponse;
using zitadel::project::v1::ProjectNameQuery;

absl::StatusOr<ListGrantedProjectsResponse> ListGrantedProjects(
    Reader& reader, const ListGrantedProjectsRequest& request) {
  return ListGrants<ListGrantedProjectsResponse, ProjectNameQuery>(
      reader, request,
      {{"granted_organization_id", reader.call().caller.working_organization_id()}});
}

}  // namespace muniment::query
