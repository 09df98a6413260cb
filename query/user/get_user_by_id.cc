#include "query/user/present.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::GetUserByIDResponse;

absl::StatusOr<GetUserByIDResponse> GetUserByID(Reader& reader, const GetUserByIDRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());

  GetUserByIDResponse response;
  Present(reader, user, response.mutable_user());
  RETURN_IF_ERROR(PresentSkips(reader, {response.mutable_user()}));
  *response.mutable_details() = response.user().details();
  return response;
}

}  // namespace muniment::query
