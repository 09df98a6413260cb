#include "base/totp.h"
#include "command/user/factor_rules.h"
#include "command/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyTOTPRegistrationRequest;
using zitadel::user::v2::VerifyTOTPRegistrationResponse;

namespace {

absl::Status MayVerify(const UserFactors& factors) {
  if (!factors.totp.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "totp.not_registered",
                 "No registration of an authenticator app was begun.");
  }
  if (!factors.totp->verified) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "totp.already_set_up",
               "The authenticator app is verified already.");
}

}  // namespace

// A wrong code is not counted: whoever registers was shown the secret and guesses nothing.
absl::StatusOr<VerifyTOTPRegistrationResponse> VerifyTOTPRegistration(
    Unit& unit, const VerifyTOTPRegistrationRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayHaveFactor(unit, user, event::v1::SECOND_FACTOR_TOTP));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  RETURN_IF_ERROR(MayVerify(*factors));
  const auto step = VerifyTotp(factors->totp->secret, request.code(), unit.Now(), kNoTotpStep);
  if (!step.has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, "code.invalid", "The code is wrong.");
  }
  event::v1::TotpVerified verified;
  verified.set_step(*step);
  unit.Raise(factors, std::move(verified));
  return VerifyTOTPRegistrationResponse();
}

}  // namespace muniment::command
