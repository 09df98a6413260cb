#include "command/user/factor_rules.h"
#include "command/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveTOTPRequest;
using zitadel::user::v2::RemoveTOTPResponse;

absl::StatusOr<RemoveTOTPResponse> RemoveTOTP(Unit& unit, const RemoveTOTPRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (!factors->totp.has_value()) {
    return Error(absl::StatusCode::kNotFound, "totp.not_found",
                 "The user has no authenticator app.");
  }
  const bool counted = factors->has_totp();
  unit.Raise(factors, event::v1::TotpRemoved());
  unit.AnswerWith(factors);
  if (counted) RETURN_IF_ERROR(FactorRemoved(unit, user, factors));
  return RemoveTOTPResponse();
}

}  // namespace muniment::command
