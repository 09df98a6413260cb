#include "command/user/check_recovery_code.h"

#include <optional>
#include <string>
#include <utility>

#include "base/code.h"
#include "command/user/check_otp.h"
#include "command/user/factors.h"

namespace muniment::command {

namespace {

// Looks at every set, so that a try tells by its time at most how many there are.
std::optional<std::string> FindHash(const UserFactors& factors, absl::string_view typed) {
  std::optional<std::string> found;
  for (const UserFactors::RecoverySet& set : factors.recovery_codes) {
    const auto index = FindRecoveryCode(set.salt, set.hashes, typed);
    if (index.has_value()) found = set.hashes[*index];
  }
  return found;
}

}  // namespace

absl::Status CheckRecoveryCode(Unit& unit, const Ref<User>& user, absl::string_view typed) {
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (factors->recovery_codes.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "recovery_codes.not_set_up",
                 "The user has no recovery codes, or none any more.");
  }
  RETURN_IF_ERROR(MayTryOtp(unit, user));
  std::optional<std::string> hash = FindHash(*factors, typed);
  if (!hash.has_value()) return WrongOtp(unit, user, event::v1::RecoveryCodeCheckFailed());
  event::v1::RecoveryCodeUsed used;
  used.set_code_hash(*std::move(hash));
  unit.Raise(factors, std::move(used));
  return absl::OkStatus();
}

}  // namespace muniment::command
