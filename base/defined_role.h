// Roles that were defined at run time, as events and rows have them, made what decisions are made of.
#ifndef MUNIMENT_BASE_DEFINED_ROLE_H_
#define MUNIMENT_BASE_DEFINED_ROLE_H_

#include <string>

#include "base/access.h"
#include "google/protobuf/repeated_field.h"
#include "muniment/event/v1/role.pb.h"

namespace muniment {

Level LevelOf(event::v1::RoleLevel level);
event::v1::RoleLevel RoleLevelOf(Level level);

// Permissions that this build does not know stand for nothing.
Role DefinedRole(const std::string& name, event::v1::RoleLevel level,
                 const google::protobuf::RepeatedPtrField<std::string>& permissions);

}  // namespace muniment

#endif  // MUNIMENT_BASE_DEFINED_ROLE_H_
