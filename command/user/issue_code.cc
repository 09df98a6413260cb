#include "command/user/issue_code.h"

#include <utility>
#include <vector>

#include "base/code.h"
#include "base/error_facts.h"
#include "base/template.h"
#include "base/timestamp.h"
#include "command/policy/settings.h"
#include "command/user/may_vouch.h"
#include "google/protobuf/util/time_util.h"

namespace muniment::command {

namespace {

using event::v1::CodePurpose;
using event::v1::UserCodeEvent;
using google::protobuf::util::TimeUtil;

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

absl::StatusOr<CodeGenerator> LoadGenerator(Unit& unit, CodePurpose purpose) {
  ASSIGN_OR_RETURN(const auto generators, unit.LoadAny<SecretGenerators>(InstanceScope()));
  const auto found = generators->generators.find(GeneratorOf(purpose));
  if (found == generators->generators.end()) {
    return Error(absl::StatusCode::kFailedPrecondition, "secret_generators.default_missing",
                 "The instance has no default for these codes.");
  }
  const event::v1::SecretGenerator& setting = found->second;
  const CodeGenerator generator{.length = setting.length(),
                                .lifetime = ToDuration(setting.expiry()),
                                .lower_letters = setting.lower_letters(),
                                .upper_letters = setting.upper_letters(),
                                .digits = setting.digits(),
                                .symbols = setting.symbols()};
  RETURN_IF_ERROR(CheckGenerator(generator));
  return generator;
}

absl::Status CheckPause(const UserCodes& codes, event::v1::CodeChannel channel, absl::Time now) {
  const auto messages = codes.messages.find(channel);
  if (messages == codes.messages.end()) return absl::OkStatus();
  const absl::Duration pause = PauseBeforeMessage(messages->second, now);
  if (pause == absl::ZeroDuration()) return absl::OkStatus();
  absl::Status status = Error(absl::StatusCode::kResourceExhausted, "code.sent_too_often",
                              "Codes were sent to this user too often; wait a little.");
  SetErrorFact(status, kRetryAfter, RetryAfter(pause));
  return status;
}

}  // namespace

absl::StatusOr<std::string> IssueCode(Unit& unit, const Ref<User>& user, CodeOrder order) {
  const bool returned = order.channel == event::v1::CODE_CHANNEL_RETURNED;
  if (!order.url_template.empty()) {
    const UrlKind kind = order.purpose == event::v1::CODE_PURPOSE_PASSKEY ? UrlKind::kPasskeyLink
                                                                          : UrlKind::kCode;
    RETURN_IF_ERROR(CheckUrlTemplate(order.url_template, UrlVariables(kind)));
  }
  const auto codes_loaded = unit.LoadAny<UserCodes>(user.id());
  ASSIGN_OR_RETURN(const CodeGenerator generator, LoadGenerator(unit, order.purpose));
  ASSIGN_OR_RETURN(const auto codes, codes_loaded);
  RETURN_IF_ERROR(returned ? MayVouch(unit, user)
                           : CheckPause(*codes, order.channel, unit.Now()));

  event::v1::Code code;
  code.set_code(unit.NewCode(generator));
  *code.mutable_issued_at() = ToTimestamp(unit.Now());
  if (generator.lifetime > absl::ZeroDuration()) {
    *code.mutable_lifetime() =
        TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(generator.lifetime));
  }
  code.set_channel(order.channel);
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
