#include "command/user/machine_rules.h"

#include "absl/strings/str_cat.h"
#include "command/user/may_act_as.h"

namespace muniment::command {

absl::Status MayHaveCredential(Unit& unit, const Ref<User>& user, absl::string_view noun,
                               absl::Time expiration) {
  if (!user->machine) {
    return Error(absl::StatusCode::kFailedPrecondition, "user.not_machine",
                 "Only a machine has access tokens, keys and secrets.");
  }
  if (expiration <= unit.Now()) {
    return Error(absl::StatusCode::kInvalidArgument, absl::StrCat(noun, ".expiration_past"),
                 "The expiration must be in the future.");
  }
  RETURN_IF_ERROR(MayActAs(unit, user));
  return MayLastUntil(unit, user, expiration);
}

}  // namespace muniment::command
