// Checks a code that a user was sent, or was handed by whom it was returned to, within a command.
//
//   RETURN_IF_ERROR(CheckCode(unit, user, event::v1::CODE_PURPOSE_EMAIL, request.code()));
//   unit.Raise(user, event::v1::EmailVerified());
//
// A right one is used up by this command. A wrong one is committed and then refused
// (Unit::Refuse); after six the code is void, however many come at once and on however many nodes.
// What was made for an address proves nothing once the user has another. That a code's time is over
// is told only to whoever shows it.
//
// Call it after all other checks of a request, and before anything else is raised: what it raises
// is only committed with a success or its own refusal, which commits all that was raised before as
// well. FAILED_PRECONDITION "user.locked", "user.not_active"; INVALID_ARGUMENT "code.invalid",
// "code.expired".
#ifndef MUNIMENT_COMMAND_USER_CHECK_CODE_H_
#define MUNIMENT_COMMAND_USER_CHECK_CODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/codes.h"
#include "command/user/user.h"

namespace muniment::command {

absl::Status CheckCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                       absl::string_view typed);

// In two steps, for a code that must not be gone when the way behind it is broken off: shown, a
// wrong one is counted as above and a right one stays; used, by whoever was let in by it, it must
// still be the pending one of that id and reach its user. Neither asks whether the user is active.
// `code_id` must be the code's own, else nothing is counted and it is "code.invalid"; codes of most
// purposes have none.
absl::Status ShowCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                      absl::string_view typed, absl::string_view code_id = "");
absl::Status UseCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                     absl::string_view code_id = "");

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CHECK_CODE_H_
