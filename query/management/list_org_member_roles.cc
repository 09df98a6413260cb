#include "query/internal_permission/members.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListOrgMemberRolesRequest;
using zitadel::management::v1::ListOrgMemberRolesResponse;

absl::StatusOr<ListOrgMemberRolesResponse> ListOrgMemberRoles(Reader& reader,
                                                              const ListOrgMemberRolesRequest&) {
  ASSIGN_OR_RETURN(const auto roles, MemberRoles(reader, Level::kOrg));
  ListOrgMemberRolesResponse response;
  response.mutable_result()->Assign(roles.begin(), roles.end());
  return response;
}

}  // namespace muniment::query
