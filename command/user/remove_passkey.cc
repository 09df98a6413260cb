#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemovePasskeyRequest;
using zitadel::user::v2::RemovePasskeyResponse;

absl::StatusOr<RemovePasskeyResponse> RemovePasskey(Unit& unit,
                                                    const RemovePasskeyRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(
      RemoveAuthenticator(unit, user, Authenticator::kPasskey, request.passkey_id()));
  return RemovePasskeyResponse();
}

}  // namespace muniment::command
