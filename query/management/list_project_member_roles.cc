#include "query/internal_permission/members.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListProjectMemberRolesRequest;
using zitadel::management::v1::ListProjectMemberRolesResponse;

absl::StatusOr<ListProjectMemberRolesResponse> ListProjectMemberRoles(
    Reader& reader, const ListProjectMemberRolesRequest&) {
  ASSIGN_OR_RETURN(const auto roles, MemberRoles(reader, Level::kProject));
  ListProjectMemberRolesResponse response;
  reader.FillDetails(roles.size(), response.mutable_details());
  response.mutable_result()->Assign(roles.begin(), roles.end());
  return response;
}

}  // namespace muniment::query
