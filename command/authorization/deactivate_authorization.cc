#include "command/authorization/user_grant.h"
#include "command/change_state.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::command {

using zitadel::authorization::v2::DeactivateAuthorizationRequest;
using zitadel::authorization::v2::DeactivateAuthorizationResponse;

absl::StatusOr<DeactivateAuthorizationResponse> DeactivateAuthorization(
    Unit& unit, const DeactivateAuthorizationRequest&) {
  using Kind = event::v1::UserGrantDeactivated;
  return ChangeState<UserGrant, Kind, DeactivateAuthorizationResponse>(unit);
}

}  // namespace muniment::command
