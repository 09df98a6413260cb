#include <utility>

#include "command/user/factors.h"
#include "command/user/invite.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::CreateInviteCodeRequest;
using zitadel::user::v2::CreateInviteCodeResponse;

absl::StatusOr<std::string> Invite(Unit& unit, const Ref<User>& user, CodeOrder order) {
  RETURN_IF_ERROR(MustBeHuman(*user));
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  if (user->email.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "user.email_missing",
                 "The user has no address to be invited at.");
  }
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if (!user->password_hash.empty() || UserFactors::AnyVerified(factors->passkeys)) {
    return Error(absl::StatusCode::kFailedPrecondition, "user.has_credentials",
                 "The user can sign in already.");
  }
  order.purpose = event::v1::CODE_PURPOSE_INVITE;
  order.address = user->email;
  return IssueCode(unit, user, std::move(order));
}

absl::StatusOr<CreateInviteCodeResponse> CreateInviteCode(Unit& unit,
                                                          const CreateInviteCodeRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(
      const std::string code,
      Invite(unit, user,
             {.channel = request.has_return_code() ? event::v1::CODE_CHANNEL_RETURNED
                                                   : event::v1::CODE_CHANNEL_EMAIL,
              .url_template = request.send_code().url_template(),
              .application_name = request.send_code().application_name()}));
  CreateInviteCodeResponse response;
  if (!code.empty()) response.set_invite_code(code);
  return response;
}

}  // namespace muniment::command
