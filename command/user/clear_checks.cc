#include "command/user/clear_checks.h"

#include <utility>

#include "command/user/checks.h"

namespace muniment::command {

absl::Status ClearChecks(Unit& unit, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>(user.id()));
  if (checks->password_failures == 0 && checks->otp_failures == 0) return absl::OkStatus();
  unit.Raise(checks, event::v1::ChecksCleared());
  return absl::OkStatus();
}

absl::Status ClearPasswordChecks(Unit& unit, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>(user.id()));
  if (checks->password_failures == 0) return absl::OkStatus();
  event::v1::ChecksCleared cleared;
  cleared.set_passwords_only(true);
  unit.Raise(checks, std::move(cleared));
  return absl::OkStatus();
}

}  // namespace muniment::command
