#include <algorithm>

#include "absl/strings/str_cat.h"
#include "query/internal_permission/members.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListProjectGrantMemberRolesRequest;
using zitadel::management::v1::ListProjectGrantMemberRolesResponse;

absl::StatusOr<ListProjectGrantMemberRolesResponse> ListProjectGrantMemberRoles(
    Reader& reader, const ListProjectGrantMemberRolesRequest& request) {
  ASSIGN_OR_RETURN(auto roles, MemberRoles(reader, Level::kProjectGrant));
  const auto& page = request.query();
  if (page.limit() > kMaxLimit) {
    return Error(absl::StatusCode::kInvalidArgument, "query.limit_too_large",
                 absl::StrCat("A page has at most ", kMaxLimit, " entries."));
  }
  // By names, as a page says.
  std::sort(roles.begin(), roles.end());
  if (request.has_query() && !page.asc()) std::reverse(roles.begin(), roles.end());
  ListProjectGrantMemberRolesResponse response;
  reader.FillDetails(roles.size(), response.mutable_details());
  const size_t first = std::min<uint64_t>(page.offset(), roles.size());
  const size_t limit = page.limit() > 0 ? page.limit() : kDefaultLimit;
  const size_t last = std::min(first + limit, roles.size());
  response.mutable_result()->Assign(roles.begin() + first, roles.begin() + last);
  return response;
}

}  // namespace muniment::query
