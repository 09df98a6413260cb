#include <utility>

#include "command/internal_permission/resource.h"
#include "command/user/seen_user.h"

namespace muniment::command {

using zitadel::internal_permission::v2::CreateAdministratorRequest;
using zitadel::internal_permission::v2::CreateAdministratorResponse;

absl::StatusOr<CreateAdministratorResponse> CreateAdministrator(
    Unit& unit, const CreateAdministratorRequest& request) {
  ASSIGN_OR_RETURN(const Resource resource, LoadResource(unit, request.resource()));
  const std::vector<std::string> roles(request.roles().begin(), request.roles().end());
  RETURN_IF_ERROR(MayGive(unit, resource, roles));
  RETURN_IF_ERROR(SeenUser(unit, request.user_id()).status());
  if (!resource.members->RolesOf(request.user_id()).empty()) {
    return Error(absl::StatusCode::kAlreadyExists, "member.already_exists",
                 "The user is an administrator of this already.");
  }
  event::v1::MemberAdded added;
  added.set_user_id(request.user_id());
  added.mutable_role()->Assign(roles.begin(), roles.end());
  unit.Raise(resource.members, std::move(added));
  return CreateAdministratorResponse();
}

}  // namespace muniment::command
