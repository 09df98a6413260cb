// A machine's client secret, in place of the one that it had.
#ifndef MUNIMENT_COMMAND_USER_ADD_SECRET_H_
#define MUNIMENT_COMMAND_USER_ADD_SECRET_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// The secret itself; the log keeps its hash. The errors of MayHaveCredential (machine_rules.h).
absl::StatusOr<std::string> NewMachineSecret(Unit& unit, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_ADD_SECRET_H_
