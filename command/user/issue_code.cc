#include "command/user/issue_code.h"

#include <utility>
#include <vector>

#include "command/policy/secret_generators.h"
#include "command/user/link.h"
#include "command/user/may_vouch.h"
#include "command/user/new_code.h"

namespace muniment::command {

namespace {

using event::v1::CodePurpose;
using event::v1::UserCodeEvent;

event::v1::GeneratorType GeneratorOf(CodePurpose purpose) {
  switch (purpose) {
    case event::v1::CODE_PURPOSE_PHONE: return event::v1::GENERATOR_TYPE_VERIFY_PHONE_CODE;
    case event::v1::CODE_PURPOSE_PASSWORD: return event::v1::GENERATOR_TYPE_PASSWORD_RESET_CODE;
    case event::v1::CODE_PURPOSE_PASSKEY: return event::v1::GENERATOR_TYPE_PASSWORDLESS_INIT_CODE;
    case event::v1::CODE_PURPOSE_INVITE: return event::v1::GENERATOR_TYPE_INVITE_CODE;
    default: return event::v1::GENERATOR_TYPE_VERIFY_EMAIL_CODE;
  }
}

UserCodeEvent AddedKind(CodePurpose purpose, event::v1::Code code) {
  UserCodeEvent event;
  switch (purpose) {
    case event::v1::CODE_PURPOSE_PHONE:
      *event.mutable_phone_added()->mutable_code() = std::move(code);
      break;
    case event::v1::CODE_PURPOSE_PASSWORD:
      *event.mutable_password_added()->mutable_code() = std::move(code);
      break;
    case event::v1::CODE_PURPOSE_PASSKEY:
      *event.mutable_passkey_added()->mutable_code() = std::move(code);
      break;
    case event::v1::CODE_PURPOSE_INVITE:
      *event.mutable_invite_added()->mutable_code() = std::move(code);
      break;
    default: *event.mutable_email_added()->mutable_code() = std::move(code);
  }
  return event;
}

}  // namespace

absl::StatusOr<std::string> IssueCode(Unit& unit, const Ref<User>& user, CodeOrder order) {
  const bool returned = order.channel == event::v1::CODE_CHANNEL_RETURNED;
  const auto codes_loaded = unit.LoadAny<UserCodes>(user.id());
  ASSIGN_OR_RETURN(const CodeGenerator generator, LoadGenerator(unit, GeneratorOf(order.purpose)));
  ASSIGN_OR_RETURN(const auto codes, codes_loaded);
  const bool passkey = order.purpose == event::v1::CODE_PURPOSE_PASSKEY;
  const auto last = codes->pending.find(order.purpose);
  // Who has it sent again need not be who chose the link.
  const bool stands =
      last != codes->pending.end() && last->second.code.url_template() == order.url_template;
  RETURN_IF_ERROR(MayLinkTo(unit, order.url_template,
                            passkey ? UrlKind::kPasskeyLink : UrlKind::kCode,
                            [&] { return stands ? absl::OkStatus() : MayManage(unit, user); }));
  RETURN_IF_ERROR(returned ? MayVouch(unit, user)
                           : MayBeSent(unit, *user, *codes, order.channel));

  event::v1::Code code = NewCode(unit, generator, order.channel);
  code.set_address(std::move(order.address));
  code.set_url_template(std::move(order.url_template));
  code.set_code_id(std::move(order.code_id));
  code.set_application_name(std::move(order.application_name));
  const std::string shown = returned ? code.code() : "";
  unit.Raise(codes, AddedKind(order.purpose, std::move(code)));
  return shown;
}

absl::Status VoidCodes(
    Unit& unit, const Ref<User>& user,
    absl::FunctionRef<bool(event::v1::CodePurpose, const event::v1::Code&)> which) {
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  std::vector<CodePurpose> purposes;
  for (const auto& [purpose, pending] : codes->pending) {
    if (which(purpose, pending.code)) purposes.push_back(purpose);
  }
  for (const CodePurpose purpose : purposes) {
    event::v1::CodeVoided voided;
    voided.set_purpose(purpose);
    unit.Raise(codes, std::move(voided));
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
