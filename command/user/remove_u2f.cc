#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveU2FRequest;
using zitadel::user::v2::RemoveU2FResponse;

absl::StatusOr<RemoveU2FResponse> RemoveU2F(Unit& unit, const RemoveU2FRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(RemoveAuthenticator(unit, user, Authenticator::kSecurityKey, request.u2f_id()));
  return RemoveU2FResponse();
}

}  // namespace muniment::command
