#include "base/totp.h"
#include "command/instance/instance.h"
#include "command/user/factor_rules.h"
#include "command/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RegisterTOTPRequest;
using zitadel::user::v2::RegisterTOTPResponse;

namespace {

std::string IssuerName(const Instance& instance) {
  return instance.primary_domain.empty() ? instance.name : instance.primary_domain;
}

}  // namespace

absl::StatusOr<RegisterTOTPResponse> RegisterTOTP(Unit& unit, const RegisterTOTPRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayHaveFactor(unit, user, event::v1::SECOND_FACTOR_TOTP));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (factors->has_totp()) {
    return Error(absl::StatusCode::kAlreadyExists, "totp.already_set_up",
                 "The user has an authenticator app; remove it first.");
  }
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  event::v1::TotpAdded added;
  added.set_secret(unit.NewSecret(kTotpSecretBytes));
  RegisterTOTPResponse response;
  response.set_secret(Base32Encode(added.secret()));
  response.set_uri(TotpUri(IssuerName(*instance), user->username, added.secret()));
  unit.Raise(factors, std::move(added));
  return response;
}

}  // namespace muniment::command
