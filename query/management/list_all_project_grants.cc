#include "query/management/granted_projects.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListAllProjectGrantsRequest;
using zitadel::management::v1::ListAllProjectGrantsResponse;
using zitadel::project::v1::GrantProjectNameQuery;

absl::StatusOr<ListAllProjectGrantsResponse> ListAllProjectGrants(
    Reader& reader, const ListAllProjectGrantsRequest& request) {
  return ListGrants<ListAllProjectGrantsResponse, GrantProjectNameQuery>(
      reader, request, {{"organization_id", reader.call().caller.working_organization_id()}});
}

}  // namespace muniment::query
