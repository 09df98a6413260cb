// Checks a one-time code of an authenticator app, or one that was sent, within a command: counted
// over all kinds of codes and all ways to sign in, in the log, before anybody hears what came of it.
//
//   RETURN_IF_ERROR(MayTryOtp(unit, user));
//   if (!right) return WrongOtp(unit, user, event::v1::OtpEmailCheckFailed());
//   RETURN_IF_ERROR(RightOtp(unit, user, event::v1::OtpEmailCheckSucceeded()));
//
// As with passwords (check_password.h): the lockout policy is asked before the code is looked at, and
// again at the commit; the last try that it allows locks the user; from the fifth wrong one on an
// answer is held back, and few are under way at once (checks.h). FAILED_PRECONDITION "user.locked",
// "user.not_active"; INVALID_ARGUMENT "code.invalid"; RESOURCE_EXHAUSTED "user.too_many_tries".
#ifndef MUNIMENT_COMMAND_USER_CHECK_OTP_H_
#define MUNIMENT_COMMAND_USER_CHECK_OTP_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/checks.h"
#include "command/user/user.h"

namespace muniment::command {

absl::Status MayTryOtp(Unit& unit, const Ref<User>& user);

// What to answer after the count of a wrong one was raised.
absl::Status RefuseOtp(Unit& unit, const Ref<User>& user, const Ref<UserChecks>& checks);

template <class Failed>
absl::Status WrongOtp(Unit& unit, const Ref<User>& user, Failed failed) {
  ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>(user.id()));
  unit.Raise(checks, std::move(failed));
  return RefuseOtp(unit, user, checks);
}

template <class Succeeded>
absl::Status RightOtp(Unit& unit, const Ref<User>& user, Succeeded succeeded) {
  ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>(user.id()));
  unit.Raise(checks, std::move(succeeded));
  return absl::OkStatus();
}

// Of the user's authenticator app, each step once (RFC 6238 section 5.2). FAILED_PRECONDITION
// "totp.not_set_up".
absl::Status CheckTotp(Unit& unit, const Ref<User>& user, absl::string_view typed);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CHECK_OTP_H_
