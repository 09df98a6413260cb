// In which states a user is what a command wants him to be, and to which he may change
// (change_state.h). All FAILED_PRECONDITION.
#ifndef MUNIMENT_COMMAND_USER_STATE_H_
#define MUNIMENT_COMMAND_USER_STATE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// "user.not_human".
absl::Status MustBeHuman(const User& user);
// Whether the user is active, in an organization that is: before that nobody signs in, or is sent
// what lets him.
absl::StatusOr<bool> IsActive(Unit& unit, const User& user);
// "user.locked"; "user.not_active", too where his organization is inactive or removed.
absl::Status MustBeActive(Unit& unit, const User& user);

// "user.already_inactive". A locked user may be deactivated; reactivating takes the lock with it.
absl::Status MayBecome(const User& user, const event::v1::UserDeactivated&);
// "user.not_inactive".
absl::Status MayBecome(const User& user, const event::v1::UserReactivated&);
// "user.already_locked", "user.not_active".
absl::Status MayBecome(const User& user, const event::v1::UserLocked&);
// "user.not_locked".
absl::Status MayBecome(const User& user, const event::v1::UserUnlocked&);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_STATE_H_
