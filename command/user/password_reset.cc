#include "command/user/issue_code.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::PasswordResetRequest;
using zitadel::user::v2::PasswordResetResponse;

namespace {

// A link goes only where the user was proved to be reached.
absl::StatusOr<CodeOrder> OrderOf(const User& user, const PasswordResetRequest& request) {
  CodeOrder order{.purpose = event::v1::CODE_PURPOSE_PASSWORD};
  if (request.has_return_code()) {
    order.channel = event::v1::CODE_CHANNEL_RETURNED;
    return order;
  }
  const bool by_sms =
      request.send_link().notification_type() == zitadel::user::v2::NOTIFICATION_TYPE_SMS;
  order.channel = by_sms ? event::v1::CODE_CHANNEL_SMS : event::v1::CODE_CHANNEL_EMAIL;
  order.address = by_sms ? user.phone : user.email;
  order.url_template = request.send_link().url_template();
  if (by_sms ? user.phone_verified : user.email_verified) return order;
  return by_sms ? Error(absl::StatusCode::kFailedPrecondition, "user.phone_not_verified",
                        "The user has no verified phone number to send it to.")
                : Error(absl::StatusCode::kFailedPrecondition, "user.email_not_verified",
                        "The user has no verified e-mail address to send it to.");
}

}  // namespace

absl::StatusOr<PasswordResetResponse> PasswordReset(Unit& unit,
                                                    const PasswordResetRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  ASSIGN_OR_RETURN(CodeOrder order, OrderOf(*user, request));
  ASSIGN_OR_RETURN(const std::string code, IssueCode(unit, user, std::move(order)));
  PasswordResetResponse response;
  if (!code.empty()) response.set_verification_code(code);
  return response;
}

}  // namespace muniment::command
