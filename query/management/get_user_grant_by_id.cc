#include <utility>

#include "query/authorization/spec.h"
#include "query/management/user_grants.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using row::v1::UserGrant;
using zitadel::management::v1::GetUserGrantByIDRequest;
using zitadel::management::v1::GetUserGrantByIDResponse;
using zitadel::management::v1::ListUserGrantRequest;

absl::StatusOr<GetUserGrantByIDResponse> GetUserGrantByID(Reader& reader,
                                                          const GetUserGrantByIDRequest& request) {
  UserBook users(reader);
  ListSpec<UserGrant> spec = UserGrantSpec(reader, users);
  spec.only = {{"id", request.grant_id()}, {"user_id", request.user_id()}};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(ListUserGrantRequest(), std::move(spec)));
  if (page.rows.empty()) {
    return Error(absl::StatusCode::kNotFound, "authorization.not_found",
                 "There is no such authorization.");
  }
  GetUserGrantByIDResponse response;
  RETURN_IF_ERROR(PresentUserGrant(reader, static_cast<const UserGrant&>(*page.rows.front()),
                                   response.mutable_user_grant()));
  return response;
}

}  // namespace muniment::query
