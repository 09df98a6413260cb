#include "query/management/granted_projects.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListProjectGrantsRequest;
using zitadel::management::v1::ListProjectGrantsResponse;
using zitadel::project::v1::GrantProjectNameQuery;

absl::StatusOr<ListProjectGrantsResponse> ListProjectGrants(
    Reader& reader, const ListProjectGrantsRequest& request) {
  return ListGrants<ListProjectGrantsResponse, GrantProjectNameQuery>(
      reader, request, {{"project_id", request.project_id()}});
}

}  // namespace muniment::query
