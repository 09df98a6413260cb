// The pieces of a code that is made within a command and typed by a person: whether one more message
// may go out, the code itself, and whether that was typed. For issue_code.cc, check_code.cc and the
// one-time codes of sessions. How codes are made: command/policy/secret_generators.h.
#ifndef MUNIMENT_COMMAND_USER_NEW_CODE_H_
#define MUNIMENT_COMMAND_USER_NEW_CODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/code.h"
#include "command/unit.h"
#include "command/user/codes.h"

namespace muniment::command {

// Whether one more may go to the user, whose codes these are, and to his address on the channel: what
// goes there to others who claim it counts too, unless he has it verified.
// RESOURCE_EXHAUSTED "code.sent_too_often" with the fact kRetryAfter.
absl::Status MayBeSent(Unit& unit, const User& user, const UserCodes& codes,
                       event::v1::CodeChannel channel);

// Made now; where it goes is the caller's to say.
event::v1::Code NewCode(Unit& unit, const CodeGenerator& generator, event::v1::CodeChannel channel);

// Whether this was typed, in either case of letters where the code has no lower ones.
bool IsCode(absl::string_view typed, const event::v1::Code& code);

// From then on it proves nothing; never for a code without a lifetime. Counts from its making,
// whatever happened since.
absl::Time ExpiryOf(const event::v1::Code& code);

// INVALID_ARGUMENT "code.invalid".
absl::Status WrongCode();

// INVALID_ARGUMENT "code.expired".
absl::Status MustBeInTime(const event::v1::Code& code, absl::Time now);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_NEW_CODE_H_
