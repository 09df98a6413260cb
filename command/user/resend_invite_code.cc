#include "command/user/invite.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::ResendInviteCodeRequest;
using zitadel::user::v2::ResendInviteCodeResponse;

absl::StatusOr<ResendInviteCodeResponse> ResendInviteCode(Unit& unit,
                                                          const ResendInviteCodeRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  const auto pending = codes->pending.find(event::v1::CODE_PURPOSE_INVITE);
  if (pending == codes->pending.end()) {
    return Error(absl::StatusCode::kFailedPrecondition, "code.none_pending",
                 "No invitation is pending that could be sent again.");
  }
  const event::v1::Code& last = pending->second.code;
  RETURN_IF_ERROR(Invite(unit, user,
                         {.channel = event::v1::CODE_CHANNEL_EMAIL,
                          .url_template = last.url_template(),
                          .application_name = last.application_name()})
                      .status());
  return ResendInviteCodeResponse();
}

}  // namespace muniment::command
