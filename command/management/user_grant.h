// User grants as the v1 interface names them: by their id, and by whose they are.
#ifndef MUNIMENT_COMMAND_MANAGEMENT_USER_GRANT_H_
#define MUNIMENT_COMMAND_MANAGEMENT_USER_GRANT_H_

#include <string>

#include "command/authorization/user_grant.h"

namespace muniment::command {

// The target of the method's rule. NOT_FOUND "authorization.not_found" also where it is another
// user's.
inline absl::StatusOr<Ref<UserGrant>> LoadGrantOf(Unit& unit, const std::string& user_id) {
  ASSIGN_OR_RETURN(auto grant, unit.LoadTarget<UserGrant>());
  if (grant->user_id == user_id) return grant;
  return Error(absl::StatusCode::kNotFound, "authorization.not_found",
               "There is no such authorization.");
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MANAGEMENT_USER_GRANT_H_
