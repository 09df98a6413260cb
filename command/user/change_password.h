// A person's new password: what SetPassword, UpdateUser and UpdateHumanUser share.
//
// Whoever lacks user.write over the person proves the right to it by the current password, where a
// wrong one counts as a failed sign-in (check_password.h), or by a code (check_code.h); a proof
// that is given is checked, also of those who would need none. A hash made elsewhere says nothing
// of what the password holds, so it takes user.write always.
//
// With the new password everything that the old one proved ends, but for the session in which its
// owner changed it; the count of wrong ones begins anew, and codes that would set another are void.
#ifndef MUNIMENT_COMMAND_USER_CHANGE_PASSWORD_H_
#define MUNIMENT_COMMAND_USER_CHANGE_PASSWORD_H_

#include "absl/status/status.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "zitadel/user/v2/password.pb.h"

namespace muniment::command {

// Comes last among the checks of a request, and before anything else is raised (check_password.h).
// FAILED_PRECONDITION "user.not_human"; INVALID_ARGUMENT "user.password_missing" without a new one,
// "password.unchanged" where it is the current one; PERMISSION_DENIED "user.write_required", and
// without a proof "user.holds_more"; those of CheckComplexity, CheckPasswordHash, CheckPassword and
// CheckCode.
absl::Status ChangePassword(Unit& unit, const Ref<User>& user,
                            const zitadel::user::v2::SetPassword& wanted);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CHANGE_PASSWORD_H_
