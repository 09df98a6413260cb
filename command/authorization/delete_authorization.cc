#include "command/authorization/user_grant.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::command {

using zitadel::authorization::v2::DeleteAuthorizationRequest;
using zitadel::authorization::v2::DeleteAuthorizationResponse;

absl::StatusOr<DeleteAuthorizationResponse> DeleteAuthorization(
    Unit& unit, const DeleteAuthorizationRequest&) {
  ASSIGN_OR_RETURN(const auto grant, unit.LoadTarget<UserGrant>());
  unit.Raise(grant, event::v1::UserGrantRemoved());
  return DeleteAuthorizationResponse();
}

}  // namespace muniment::command
