// What is asked before a factor is set up or taken away.
#ifndef MUNIMENT_COMMAND_USER_FACTOR_RULES_H_
#define MUNIMENT_COMMAND_USER_FACTOR_RULES_H_

#include "absl/status/status.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "muniment/event/v1/policy.pb.h"

namespace muniment::command {

// Whether he has one beside the password that the policy lets him use.
bool HoldsSecondFactor(const LoginPolicy& login, const UserFactors& factors);

// FAILED_PRECONDITION "user.not_human"; "factor.not_allowed" where the login policy of the user's
// organization has not this one.
absl::Status MayHaveFactor(Unit& unit, const Ref<User>& user, event::v1::SecondFactor factor);

// After the event that took a factor away: raises what ends the sessions before
// (User.credential_epoch), but for the one in which the user did it himself. FAILED_PRECONDITION
// "factor.last_one" where he takes his own last one and the login policy forces one, or where it is
// his last way to sign in, of those that the policy lets him use; whoever helps him may.
absl::Status FactorRemoved(Unit& unit, const Ref<User>& user, const Ref<UserFactors>& factors);

// After whatever raised the user's credential epoch: the session that the caller shows stands, if it
// is the user's own.
absl::Status KeepOwnSession(Unit& unit, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_FACTOR_RULES_H_
