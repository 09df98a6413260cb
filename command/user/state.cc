#include "command/user/state.h"

#include "command/change_state.h"
#include "command/org/org.h"

namespace muniment::command {

namespace {

using Refused = Refusal<UserState>;

constexpr Refused kNotActive[] = {
    {UserState::kLocked, "user.locked", "The user is locked."},
    {UserState::kInactive, "user.not_active", "The user is not active."},
};
constexpr Refused kDeactivate[] = {
    {UserState::kInactive, "user.already_inactive", "The user is inactive already."},
};
constexpr Refused kReactivate[] = {
    {UserState::kActive, "user.not_inactive", "The user is not inactive."},
    {UserState::kLocked, "user.not_inactive", "The user is locked, not inactive."},
};
constexpr Refused kLock[] = {
    {UserState::kLocked, "user.already_locked", "The user is locked already."},
    {UserState::kInactive, "user.not_active", "Only an active user can be locked."},
};
constexpr Refused kUnlock[] = {
    {UserState::kActive, "user.not_locked", "The user is not locked."},
    {UserState::kInactive, "user.not_locked", "The user is inactive, not locked."},
};

}  // namespace

absl::Status MustBeHuman(const User& user) {
  if (!user.machine) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "user.not_human",
               "The user is a machine, not a person.");
}
absl::StatusOr<bool> IsActive(Unit& unit, const User& user) {
  if (!user.active()) return false;
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(user.organization_id));
  return org->active();
}
absl::Status MustBeActive(Unit& unit, const User& user) {
  RETURN_IF_ERROR(RefusedIn<UserState>(user.state, kNotActive));
  ASSIGN_OR_RETURN(const bool active, IsActive(unit, user));
  if (active) return absl::OkStatus();
  // As for one who is inactive himself: why is his organization's business.
  return RefusedIn<UserState>(UserState::kInactive, kNotActive);
}

absl::Status MayBecome(const User& user, const event::v1::UserDeactivated&) {
  return RefusedIn<UserState>(user.state, kDeactivate);
}
absl::Status MayBecome(const User& user, const event::v1::UserReactivated&) {
  return RefusedIn<UserState>(user.state, kReactivate);
}
absl::Status MayBecome(const User& user, const event::v1::UserLocked&) {
  return RefusedIn<UserState>(user.state, kLock);
}
absl::Status MayBecome(const User& user, const event::v1::UserUnlocked&) {
  return RefusedIn<UserState>(user.state, kUnlock);
}

}  // namespace muniment::command
