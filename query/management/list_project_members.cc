#include "query/internal_permission/members.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListProjectMembersRequest;
using zitadel::management::v1::ListProjectMembersResponse;

absl::StatusOr<ListProjectMembersResponse> ListProjectMembers(
    Reader& reader, const ListProjectMembersRequest& request) {
  ASSIGN_OR_RETURN(const auto project, reader.Target<row::v1::Project>());
  return ListMembers<ListProjectMembersResponse>(
      reader, request, {AGGREGATE_PROJECT, project.id(), project.organization_id()});
}

}  // namespace muniment::query
