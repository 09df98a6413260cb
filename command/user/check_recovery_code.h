// Checks a recovery code within a command: each counts once, in whatever session, and wrong ones are
// counted with those of one-time codes (check_otp.h). A right one ends no such count: what is held
// day by day does.
#ifndef MUNIMENT_COMMAND_USER_CHECK_RECOVERY_CODE_H_
#define MUNIMENT_COMMAND_USER_CHECK_RECOVERY_CODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// FAILED_PRECONDITION "recovery_codes.not_set_up" where none is left; those of check_otp.h.
absl::Status CheckRecoveryCode(Unit& unit, const Ref<User>& user, absl::string_view typed);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CHECK_RECOVERY_CODE_H_
