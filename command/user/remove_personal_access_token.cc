#include <utility>

#include "command/instance/owners.h"
#include "command/unit.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemovePersonalAccessTokenRequest;
using zitadel::user::v2::RemovePersonalAccessTokenResponse;

absl::StatusOr<RemovePersonalAccessTokenResponse> RemovePersonalAccessToken(
    Unit& unit, const RemovePersonalAccessTokenRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(user.id()));
  if (!tokens->expiration.contains(request.token_id())) {
    return Error(absl::StatusCode::kNotFound, "token.not_found", "There is no such token.");
  }
  RETURN_IF_ERROR(
      KeepsAnOwner(unit, {.user_id = user.id(), .token_id = request.token_id()}));
  event::v1::PersonalAccessTokenRemoved removed;
  removed.set_token_id(request.token_id());
  unit.Raise(tokens, std::move(removed));
  return RemovePersonalAccessTokenResponse();
}

}  // namespace muniment::command
