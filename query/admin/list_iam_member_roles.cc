#include "query/internal_permission/members.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::ListIAMMemberRolesRequest;
using zitadel::admin::v1::ListIAMMemberRolesResponse;

absl::StatusOr<ListIAMMemberRolesResponse> ListIAMMemberRoles(Reader& reader,
                                                              const ListIAMMemberRolesRequest&) {
  ASSIGN_OR_RETURN(const auto held, reader.Books(/*organization=*/""));
  const std::vector<std::string> roles = RolesFor(Level::kInstance, held.books());
  ListIAMMemberRolesResponse response;
  reader.FillDetails(roles.size(), response.mutable_details());
  response.mutable_roles()->Assign(roles.begin(), roles.end());
  return response;
}

}  // namespace muniment::query
