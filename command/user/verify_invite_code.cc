#include <utility>

#include "command/user/check_code.h"
#include "command/user/issue_code.h"
#include "command/user/link.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::VerifyInviteCodeRequest;
using zitadel::user::v2::VerifyInviteCodeResponse;

absl::StatusOr<VerifyInviteCodeResponse> VerifyInviteCode(Unit& unit,
                                                          const VerifyInviteCodeRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  ASSIGN_OR_RETURN(const bool proved, WentToUser(unit, user, event::v1::CODE_PURPOSE_INVITE));
  RETURN_IF_ERROR(
      CheckCode(unit, user, event::v1::CODE_PURPOSE_INVITE, request.verification_code()));
  unit.AnswerWith(user);
  if (user->email_verified) return VerifyInviteCodeResponse();
  event::v1::EmailVerified verified;
  verified.set_proved(proved);
  unit.Raise(user, std::move(verified));
  RETURN_IF_ERROR(VoidCodes(unit, user, [](event::v1::CodePurpose purpose, const auto&) {
    return purpose == event::v1::CODE_PURPOSE_EMAIL;
  }));
  return VerifyInviteCodeResponse();
}

}  // namespace muniment::command
