#include "absl/strings/escaping.h"
#include "command/user/issue_code.h"
#include "command/user/state.h"
#include "command/user/web_authn.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::CreatePasskeyRegistrationLinkRequest;
using zitadel::user::v2::CreatePasskeyRegistrationLinkResponse;

namespace {

constexpr size_t kCodeIdBytes = 16;

// A manager's own session, stolen, would become a passkey that outlives it.
absl::Status MayHaveReturned(Unit& unit, const Ref<User>& user) {
  if (unit.caller().user_id != user.id()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "code.own",
               "Nobody has the code for a passkey of his own returned; have it mailed, or register "
               "one by a session that proved a factor lately.");
}

absl::Status MustReachByMail(const User& user) {
  if (user.email_verified) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "user.email_not_verified",
               "The user has no verified e-mail address to send it to.");
}

}  // namespace

absl::StatusOr<CreatePasskeyRegistrationLinkResponse> CreatePasskeyRegistrationLink(
    Unit& unit, const CreatePasskeyRegistrationLinkRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayRegister(unit, user, Authenticator::kPasskey));
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  // No id of the store's row, which could be tried one by one: whoever hits it uses up tries.
  CodeOrder order{.purpose = event::v1::CODE_PURPOSE_PASSKEY,
                  .code_id = absl::BytesToHexString(unit.NewSecret(kCodeIdBytes))};
  if (request.has_return_code()) {
    RETURN_IF_ERROR(MayHaveReturned(unit, user));
    order.channel = event::v1::CODE_CHANNEL_RETURNED;
  } else {
    RETURN_IF_ERROR(MustReachByMail(*user));
    order.channel = event::v1::CODE_CHANNEL_EMAIL;
    order.address = user->email;
    order.url_template = request.send_link().url_template();
  }
  const std::string code_id = order.code_id;
  ASSIGN_OR_RETURN(const std::string code, IssueCode(unit, user, std::move(order)));
  CreatePasskeyRegistrationLinkResponse response;
  if (code.empty()) return response;
  response.mutable_code()->set_id(code_id);
  response.mutable_code()->set_code(code);
  return response;
}

}  // namespace muniment::command
