#include "command/authorization/user_grant.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::BulkRemoveUserGrantRequest;
using zitadel::management::v1::BulkRemoveUserGrantResponse;

// The rule is applied to each: it names no field.
absl::StatusOr<BulkRemoveUserGrantResponse> BulkRemoveUserGrant(
    Unit& unit, const BulkRemoveUserGrantRequest& request) {
  for (const std::string& id : request.grant_id()) {
    ASSIGN_OR_RETURN(const auto grant, unit.Load<UserGrant>(id));
    unit.Raise(grant, event::v1::UserGrantRemoved());
  }
  return BulkRemoveUserGrantResponse();
}

}  // namespace muniment::command
