#include <utility>

#include "query/authorization/spec.h"
#include "query/management/user_grants.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using row::v1::UserGrant;
using zitadel::management::v1::ListUserGrantRequest;
using zitadel::management::v1::ListUserGrantResponse;

absl::StatusOr<ListUserGrantResponse> ListUserGrants(Reader& reader,
                                                     const ListUserGrantRequest& request) {
  UserBook users(reader);
  ListSpec<UserGrant> spec = UserGrantSpec(reader, users);
  spec.only = {{"organization_id", reader.call().caller.working_organization_id()}};
  spec.named = UserGrantQueries(reader);
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListUserGrantResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(PresentUserGrant(reader, static_cast<const UserGrant&>(*row),
                                     response.add_result()));
  }
  return response;
}

}  // namespace muniment::query
