#include "command/user/change_password.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::SetPasswordRequest;
using zitadel::user::v2::SetPasswordResponse;

namespace {

zitadel::user::v2::SetPassword Wanted(const SetPasswordRequest& request) {
  zitadel::user::v2::SetPassword wanted;
  if (request.has_new_password()) *wanted.mutable_password() = request.new_password();
  if (request.has_current_password()) wanted.set_current_password(request.current_password());
  if (request.has_verification_code()) wanted.set_verification_code(request.verification_code());
  return wanted;
}

}  // namespace

absl::StatusOr<SetPasswordResponse> SetPassword(Unit& unit, const SetPasswordRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(ChangePassword(unit, user, Wanted(request)));
  return SetPasswordResponse();
}

}  // namespace muniment::command
