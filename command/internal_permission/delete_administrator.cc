#include <utility>

#include "command/internal_permission/resource.h"

namespace muniment::command {

using zitadel::internal_permission::v2::DeleteAdministratorRequest;
using zitadel::internal_permission::v2::DeleteAdministratorResponse;

absl::StatusOr<DeleteAdministratorResponse> DeleteAdministrator(
    Unit& unit, const DeleteAdministratorRequest& request) {
  ASSIGN_OR_RETURN(const Resource resource, LoadResource(unit, request.resource()));
  if (resource.members->RolesOf(request.user_id()).empty()) return NoSuchMember();
  RETURN_IF_ERROR(KeepsAnOwnerOf(unit, resource, request.user_id(), {}));
  event::v1::MemberRemoved removed;
  removed.set_user_id(request.user_id());
  unit.Raise(resource.members, std::move(removed));
  return DeleteAdministratorResponse();
}

}  // namespace muniment::command
