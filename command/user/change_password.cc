#include "command/user/change_password.h"

#include <utility>

#include "base/timestamp.h"
#include "command/user/check_code.h"
#include "command/user/check_password.h"
#include "command/user/clear_checks.h"
#include "command/user/factor_rules.h"
#include "command/user/issue_code.h"
#include "command/user/may_act_as.h"
#include "command/user/may_vouch.h"
#include "command/user/new_password.h"
#include "command/user/state.h"

namespace muniment::command {

using zitadel::user::v2::SetPassword;

namespace {

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

// All that says no before anything is guessed at or hashed.
absl::Status CheckWanted(Unit& unit, const User& user, const SetPassword& wanted) {
  if (wanted.has_hashed_password()) return CheckPasswordHash(wanted.hashed_password().hash());
  if (!wanted.has_password()) {
    return Invalid("user.password_missing", "Give the new password, or its hash.");
  }
  const std::string& password = wanted.password().password();
  if (wanted.has_current_password() && wanted.current_password() == password) {
    return Invalid("password.unchanged", "The new password is the current one.");
  }
  return CheckComplexity(unit, user.organization_id, password);
}

absl::Status CheckAuthority(Unit& unit, const Ref<User>& user, const SetPassword& wanted) {
  const bool proves = wanted.verification_case() != SetPassword::VERIFICATION_NOT_SET;
  return proves && !wanted.has_hashed_password() ? absl::OkStatus() : MayVouch(unit, user);
}

absl::Status CheckProof(Unit& unit, const Ref<User>& user, const SetPassword& wanted) {
  if (wanted.has_current_password()) return CheckPassword(unit, user, wanted.current_password());
  if (!wanted.has_verification_code()) return absl::OkStatus();
  return CheckCode(unit, user, event::v1::CODE_PURPOSE_PASSWORD, wanted.verification_code());
}

bool SetsCredentials(event::v1::CodePurpose purpose) {
  return purpose == event::v1::CODE_PURPOSE_PASSWORD ||
         purpose == event::v1::CODE_PURPOSE_PASSKEY || purpose == event::v1::CODE_PURPOSE_INVITE;
}

}  // namespace

absl::Status ChangePassword(Unit& unit, const Ref<User>& user, const SetPassword& wanted) {
  RETURN_IF_ERROR(MustBeHuman(*user));
  RETURN_IF_ERROR(CheckAuthority(unit, user, wanted));
  RETURN_IF_ERROR(CheckWanted(unit, *user, wanted));
  RETURN_IF_ERROR(CheckProof(unit, user, wanted));
  ASSIGN_OR_RETURN(NewPassword password, AdmitPassword(unit, user->organization_id, wanted));

  event::v1::PasswordChanged changed;
  changed.set_password_hash(std::move(password.hash));
  changed.set_change_required(password.change_required);
  *changed.mutable_changed_at() = ToTimestamp(unit.Now());
  unit.Raise(user, std::move(changed));
  unit.AnswerWith(user);
  RETURN_IF_ERROR(KeepOwnSession(unit, user));
  RETURN_IF_ERROR(ClearPasswordChecks(unit, user));
  return VoidCodes(unit, user, [](event::v1::CodePurpose purpose, const event::v1::Code&) {
    return SetsCredentials(purpose);
  });
}

}  // namespace muniment::command
