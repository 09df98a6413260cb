// Invitations: a code that lets a person without any means to sign in set one up.
#ifndef MUNIMENT_COMMAND_USER_INVITE_H_
#define MUNIMENT_COMMAND_USER_INVITE_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/unit.h"
#include "command/user/issue_code.h"

namespace muniment::command {

// Whatever address he has, proved or not: the invitation proves it. FAILED_PRECONDITION
// "user.not_human", "user.locked", "user.not_active", "user.email_missing", "user.has_credentials";
// those of IssueCode.
absl::StatusOr<std::string> Invite(Unit& unit, const Ref<User>& user, CodeOrder order);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_INVITE_H_
