#include "command/user/check_otp.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error_facts.h"
#include "base/totp.h"
#include "command/policy/settings.h"
#include "command/user/factors.h"
#include "command/user/state.h"

namespace muniment::command {
namespace {

bool Exhausted(const event::v1::LockoutPolicy& policy, const UserChecks& checks) {
  return policy.max_otp_attempts() > 0 && checks.otp_failures >= policy.max_otp_attempts();
}

}  // namespace

absl::Status MayTryOtp(Unit& unit, const Ref<User>& user) {
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  const auto loaded = unit.LoadAny<UserChecks>(user.id());
  ASSIGN_OR_RETURN(const auto lockout, unit.Policy<LockoutPolicy>(user->organization_id));
  ASSIGN_OR_RETURN(const auto checks, loaded);
  RETURN_IF_ERROR(BeginTry(unit, user.id(), checks->otp_failures));
  if (!Exhausted(lockout->policy, *checks)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "user.locked", "The user is locked.");
}

absl::Status RefuseOtp(Unit& unit, const Ref<User>& user, const Ref<UserChecks>& checks) {
  ASSIGN_OR_RETURN(const auto lockout, unit.Policy<LockoutPolicy>(user->organization_id));
  if (Exhausted(lockout->policy, *checks)) unit.Raise(user, event::v1::UserLocked());
  absl::Status wrong =
      Error(absl::StatusCode::kInvalidArgument, "code.invalid", "The code is wrong.");
  if (lockout->policy.show_failure()) {
    SetErrorFact(wrong, kFailedAttempts, absl::StrCat(checks->otp_failures));
  }
  return unit.Refuse(std::move(wrong));
}

absl::Status CheckTotp(Unit& unit, const Ref<User>& user, absl::string_view typed) {
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (!factors->has_totp()) {
    return Error(absl::StatusCode::kFailedPrecondition, "totp.not_set_up",
                 "The user has no authenticator app.");
  }
  RETURN_IF_ERROR(MayTryOtp(unit, user));
  ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>(user.id()));
  const auto step = VerifyTotp(factors->totp->secret, typed, unit.Now(),
                               std::max(factors->totp->step, checks->totp_step));
  if (!step.has_value()) return WrongOtp(unit, user, event::v1::TotpCheckFailed());
  event::v1::TotpCheckSucceeded succeeded;
  succeeded.set_step(*step);
  return RightOtp(unit, user, std::move(succeeded));
}

}  // namespace muniment::command
