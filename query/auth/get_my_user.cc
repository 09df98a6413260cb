#include "query/user/newest_of.h"
#include "query/user/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::GetMyUserRequest;
using zitadel::auth::v1::GetMyUserResponse;

absl::StatusOr<GetMyUserResponse> GetMyUser(Reader& reader, const GetMyUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto last, NewestOf<row::v1::SignIn>(reader, user.id()));
  GetMyUserResponse response;
  PresentOlder(reader, user, response.mutable_user());
  if (last.has_value()) *response.mutable_last_login() = last->at();
  return response;
}

}  // namespace muniment::query
