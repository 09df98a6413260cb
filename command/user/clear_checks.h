// Ends the count of failed sign-ins. Raises nothing where nothing is counted.
#ifndef MUNIMENT_COMMAND_USER_CLEAR_CHECKS_H_
#define MUNIMENT_COMMAND_USER_CLEAR_CHECKS_H_

#include "absl/status/status.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// All: the user was let in again by somebody who may.
absl::Status ClearChecks(Unit& unit, const Ref<User>& user);
// Those of the password, which is another by now.
absl::Status ClearPasswordChecks(Unit& unit, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CLEAR_CHECKS_H_
