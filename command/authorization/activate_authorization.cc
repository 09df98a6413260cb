#include "command/authorization/user_grant.h"
#include "command/change_state.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::command {

using zitadel::authorization::v2::ActivateAuthorizationRequest;
using zitadel::authorization::v2::ActivateAuthorizationResponse;

absl::StatusOr<ActivateAuthorizationResponse> ActivateAuthorization(
    Unit& unit, const ActivateAuthorizationRequest&) {
  using Kind = event::v1::UserGrantReactivated;
  return ChangeState<UserGrant, Kind, ActivateAuthorizationResponse>(unit);
}

}  // namespace muniment::command
