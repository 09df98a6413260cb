// What ends with a user: his memberships, tokens and metadata.
#ifndef MUNIMENT_COMMAND_USER_END_USER_H_
#define MUNIMENT_COMMAND_USER_END_USER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// The work of ending what a commit had no room for; DeleteUser asks for it.
inline constexpr absl::string_view kSweepUser = "sweep.user";

// Removes the user and what is his by at most `most` events, which is at least 2. What is left
// after that has no effect, for roles and tokens count only for a user who stands; kSweepUser is
// asked for.
absl::Status EndUser(Unit& unit, const Ref<User>& user, size_t most);

// Of a removed user: ends what is left of him, by at most `most` events. True: that was all.
absl::StatusOr<bool> SweepUser(Unit& unit, absl::string_view user_id, size_t most);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_END_USER_H_
