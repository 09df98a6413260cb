#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/defined_role.h"
#include "command/role/defined_roles.h"
#include "muniment/api/role/v1/role.pb.h"

namespace muniment::command {

using api::role::v1::CreateRoleRequest;
using api::role::v1::CreateRoleResponse;

namespace {

// Enough to oversee, and so many names are ever spent.
constexpr size_t kMostRoles = 100;
constexpr size_t kMostNames = 1000;

absl::Status CheckRoom(const DefinedRoles& defined) {
  if (defined.roles.size() < kMostRoles && defined.book.size() < kMostNames) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "role.too_many",
               absl::StrCat("There are at most ", kMostRoles, " roles at a time, and ", kMostNames,
                            " in all."));
}

// An organization's role hides none of the instance's.
absl::Status CheckName(Unit& unit, const Definer& definer, const std::string& name) {
  RETURN_IF_ERROR(ValidRoleName(name));
  ASSIGN_OR_RETURN(const auto of_instance, unit.LoadAny<DefinedRoles>(InstanceScope()));
  if (!definer.defined->book.Knows(name) && !of_instance->book.Knows(name)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kAlreadyExists, "role.already_exists",
               "A role has, or had, this name.");
}

absl::StatusOr<event::v1::RoleLevel> LevelFor(const Definer& definer,
                                              const CreateRoleRequest& request) {
  if (request.level() == api::role::v1::ROLE_LEVEL_INSTANCE && definer.level != Level::kInstance) {
    return Error(absl::StatusCode::kInvalidArgument, "role.level_invalid",
                 "Roles on the instance are defined by the instance.");
  }
  return static_cast<event::v1::RoleLevel>(request.level());
}

}  // namespace

absl::StatusOr<CreateRoleResponse> CreateRole(Unit& unit, const CreateRoleRequest& request) {
  ASSIGN_OR_RETURN(const Definer definer, LoadDefiner(unit, request.resource()));
  RETURN_IF_ERROR(CheckName(unit, definer, request.name()));
  ASSIGN_OR_RETURN(const event::v1::RoleLevel level, LevelFor(definer, request));
  const std::vector<std::string> names(request.permissions().begin(), request.permissions().end());
  ASSIGN_OR_RETURN(const Permissions permissions, PermissionsFor(LevelOf(level), names));
  RETURN_IF_ERROR(MayDefine(unit, definer, permissions));
  RETURN_IF_ERROR(CheckRoom(*definer.defined));

  event::v1::RoleAdded added;
  added.set_name(request.name());
  added.set_display_name(request.display_name());
  added.set_level(level);
  for (std::string& name : permissions.Names()) added.add_permission(std::move(name));
  unit.Raise(definer.defined, std::move(added));
  return CreateRoleResponse();
}

}  // namespace muniment::command
