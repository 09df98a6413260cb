#include "command/user/factor_rules.h"
#include "command/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveRecoveryCodesRequest;
using zitadel::user::v2::RemoveRecoveryCodesResponse;

absl::StatusOr<RemoveRecoveryCodesResponse> RemoveRecoveryCodes(Unit& unit,
                                                                const RemoveRecoveryCodesRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (factors->recovery_codes.empty()) {
    return Error(absl::StatusCode::kNotFound, "recovery_codes.not_found",
                 "The user has no recovery codes.");
  }
  unit.Raise(factors, event::v1::RecoveryCodesRemoved());
  unit.AnswerWith(factors);
  // No factor by themselves, so never the last one; but what they proved ends with them.
  unit.Raise(user, event::v1::CredentialsRevoked());
  RETURN_IF_ERROR(KeepOwnSession(unit, user));
  return RemoveRecoveryCodesResponse();
}

}  // namespace muniment::command
