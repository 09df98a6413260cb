// What is asked before a machine has one more credential, be it a token, a key or a secret.
#ifndef MUNIMENT_COMMAND_USER_MACHINE_RULES_H_
#define MUNIMENT_COMMAND_USER_MACHINE_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// The caller makes it, for a time that is still to come. FAILED_PRECONDITION "user.not_machine";
// INVALID_ARGUMENT "<noun>.expiration_past"; those of may_act_as.h.
absl::Status MayHaveCredential(Unit& unit, const Ref<User>& user, absl::string_view noun,
                               absl::Time expiration);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MACHINE_RULES_H_
