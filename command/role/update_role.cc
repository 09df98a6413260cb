#include <string>
#include <utility>
#include <vector>

#include "base/defined_role.h"
#include "command/role/defined_roles.h"
#include "google/protobuf/util/message_differencer.h"
#include "muniment/api/role/v1/role.pb.h"

namespace muniment::command {

using api::role::v1::UpdateRoleRequest;
using api::role::v1::UpdateRoleResponse;

absl::StatusOr<UpdateRoleResponse> UpdateRole(Unit& unit, const UpdateRoleRequest& request) {
  ASSIGN_OR_RETURN(const Definer definer, LoadDefiner(unit, request.resource()));
  ASSIGN_OR_RETURN(event::v1::RoleAdded role, FindDefined(*definer.defined, request.name()));
  const event::v1::RoleAdded before = role;
  Permissions touched = definer.defined->book.Find(request.name())->permissions;
  if (!request.permissions().empty()) {
    const std::vector<std::string> names(request.permissions().begin(),
                                         request.permissions().end());
    ASSIGN_OR_RETURN(const Permissions permissions,
                     PermissionsFor(LevelOf(role.level()), names));
    role.clear_permission();
    for (std::string& name : permissions.Names()) role.add_permission(std::move(name));
    touched |= permissions;
  }
  RETURN_IF_ERROR(MayDefine(unit, definer, touched));
  if (request.has_display_name()) role.set_display_name(request.display_name());
  unit.AnswerWith(definer.defined);
  if (google::protobuf::util::MessageDifferencer::Equals(role, before)) {
    return UpdateRoleResponse();
  }
  event::v1::RoleChanged changed;
  changed.set_name(role.name());
  changed.set_display_name(role.display_name());
  *changed.mutable_permission() = std::move(*role.mutable_permission());
  unit.Raise(definer.defined, std::move(changed));
  return UpdateRoleResponse();
}

}  // namespace muniment::command
