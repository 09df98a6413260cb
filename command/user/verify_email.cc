#include "command/user/check_code.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyEmailRequest;
using zitadel::user::v2::VerifyEmailResponse;

absl::StatusOr<VerifyEmailResponse> VerifyEmail(Unit& unit, const VerifyEmailRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  RETURN_IF_ERROR(
      CheckCode(unit, user, event::v1::CODE_PURPOSE_EMAIL, request.verification_code()));
  unit.Raise(user, event::v1::EmailVerified());
  unit.AnswerWith(user);
  return VerifyEmailResponse();
}

}  // namespace muniment::command
