#include <utility>

#include "command/user/check_code.h"
#include "command/user/link.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyEmailRequest;
using zitadel::user::v2::VerifyEmailResponse;

absl::StatusOr<VerifyEmailResponse> VerifyEmail(Unit& unit, const VerifyEmailRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  ASSIGN_OR_RETURN(const bool proved, WentToUser(unit, user, event::v1::CODE_PURPOSE_EMAIL));
  RETURN_IF_ERROR(
      CheckCode(unit, user, event::v1::CODE_PURPOSE_EMAIL, request.verification_code()));
  event::v1::EmailVerified verified;
  verified.set_proved(proved);
  unit.Raise(user, std::move(verified));
  unit.AnswerWith(user);
  return VerifyEmailResponse();
}

}  // namespace muniment::command
