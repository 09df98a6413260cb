// What ends with a user, and how he is forgotten.
//
// His removal ends his authority and frees his names, and takes along as much of what is his as its
// commit has room for. The rest, and what the read models could not show yet (a session that another
// node stored a moment before), is swept after it; when nothing is left, his keys are destroyed.
// Nothing that is sealed under them is of anybody's account then, so that whoever folds the log
// without them comes to the same.
#ifndef MUNIMENT_COMMAND_USER_END_USER_H_
#define MUNIMENT_COMMAND_USER_END_USER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// The work that a removal asks for, and the one that the destruction of his keys does.
inline constexpr absl::string_view kSweepUser = "sweep.user";
inline constexpr absl::string_view kPurgeUser = "purge.user";

// Removes the user and what is his by at most `most` events, which is at least 1. What is left
// after that has no effect, for roles, tokens and sessions count only for a user who stands.
absl::Status EndUser(Unit& unit, const Ref<User>& user, size_t most);

// Of a removed user: ends what is left of him, by at most `most` events, and destroys his keys when
// that was all. The read models show his removal. True: he is erased.
absl::StatusOr<bool> SweepUser(Unit& unit, absl::string_view user_id, size_t most);

// Of an erased user: says that no file holds anything of him any more.
absl::Status RaiseUserPurged(Unit& unit, absl::string_view user_id, bool database_keeps_log);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_END_USER_H_
