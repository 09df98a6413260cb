#include "base/defined_role.h"

namespace muniment {

Level LevelOf(event::v1::RoleLevel level) {
  switch (level) {
    case event::v1::ROLE_LEVEL_INSTANCE:
      return Level::kInstance;
    case event::v1::ROLE_LEVEL_PROJECT:
      return Level::kProject;
    case event::v1::ROLE_LEVEL_PROJECT_GRANT:
      return Level::kProjectGrant;
    default:
      return Level::kOrg;
  }
}

event::v1::RoleLevel RoleLevelOf(Level level) {
  switch (level) {
    case Level::kInstance:
      return event::v1::ROLE_LEVEL_INSTANCE;
    case Level::kOrg:
      return event::v1::ROLE_LEVEL_ORGANIZATION;
    case Level::kProject:
      return event::v1::ROLE_LEVEL_PROJECT;
    case Level::kProjectGrant:
      return event::v1::ROLE_LEVEL_PROJECT_GRANT;
    case Level::kSystem:
      break;
  }
  return event::v1::ROLE_LEVEL_UNSPECIFIED;
}

Role DefinedRole(const std::string& name, event::v1::RoleLevel level,
                 const google::protobuf::RepeatedPtrField<std::string>& permissions) {
  Role role{name, LevelOf(level), {}};
  for (const std::string& permission : permissions) {
    if (const auto index = PermissionIndex(permission)) role.permissions.Add(*index);
  }
  return role;
}

}  // namespace muniment
