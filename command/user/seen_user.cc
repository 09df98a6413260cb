#include "command/user/seen_user.h"

#include "command/org/org.h"

namespace muniment::command {

absl::StatusOr<Ref<User>> SeenUser(Unit& unit, absl::string_view user_id) {
  ASSIGN_OR_RETURN(const auto user, unit.Load<User>(user_id));
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(user->organization_id));
  ASSIGN_OR_RETURN(bool seen, unit.Holds("user.read", user->organization_id));
  if (!seen) {
    ASSIGN_OR_RETURN(seen, unit.HoldsOnTarget("user.global.read"));
  }
  if (seen && org->exists()) return user;
  return Error(absl::StatusCode::kNotFound, "user.not_found", "There is no such user.");
}

}  // namespace muniment::command
