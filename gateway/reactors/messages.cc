#include "gateway/reactors/messages.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/duration_text.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/message_text.h"
#include "base/timestamp.h"
#include "command/message/due_message.h"
#include "command/text/texts.h"
#include "gateway/log.h"
#include "gateway/message/message.h"
#include "gateway/reactors/attempt.h"
#include "muniment/event/v1/credential.pb.h"
#include "muniment/event/v1/session.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "muniment/options.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "muniment/work_options.pb.h"

namespace muniment::gateway {
namespace {

using command::DueMessage;
using command::Unit;
using google::protobuf::Descriptor;

// In about five hours. A code that has expired by then is not sent.
constexpr uint32_t kAttempts = 20;

// One kind of work about messages.
struct Route {
  std::string work;
  MessageKind kind;
  // Where the message leads when the request named no other place, behind the instance's origin;
  // empty: nowhere.
  std::string path;
  std::function<absl::StatusOr<std::optional<DueMessage>>(Unit&, absl::string_view id)> due;
  std::function<absl::Status(Unit&, const WorkId&, const DueMessage&)> sent;
  std::string event_type = {};
};

constexpr char kUser[] = "code={{.Code}}&userId={{.UserID}}&organization={{.OrgID}}";

Route CodeRoute(std::string work, event::v1::CodePurpose purpose, MessageKind kind,
                std::string path) {
  Route route{std::move(work), kind, std::move(path), nullptr, nullptr};
  route.due = [purpose](Unit& unit, absl::string_view id) {
    return command::DueCode(unit, id, purpose);
  };
  route.sent = [purpose](Unit& unit, const WorkId& id, const DueMessage& sent) {
    return command::RaiseCodeSent(unit, id, purpose, sent);
  };
  return route;
}

Route OtpRoute(std::string work, event::v1::CodeChannel channel, MessageKind kind,
               std::string path) {
  Route route{std::move(work), kind, std::move(path), nullptr, nullptr};
  route.due = [channel](Unit& unit, absl::string_view id) {
    return command::DueOtp(unit, id, channel);
  };
  route.sent = [channel](Unit& unit, const WorkId& id, const DueMessage& sent) {
    return command::RaiseOtpSent(unit, id, channel, sent);
  };
  return route;
}

// The published pages of the login.
std::vector<Route> Routes() {
  const std::string login = "/ui/v2/login/";
  return {
      CodeRoute("message.email_code", event::v1::CODE_PURPOSE_EMAIL, MessageKind::kVerifyEmail,
                absl::StrCat(login, "verify?", kUser)),
      CodeRoute("message.phone_code", event::v1::CODE_PURPOSE_PHONE, MessageKind::kVerifyPhone, ""),
      CodeRoute("message.password_code", event::v1::CODE_PURPOSE_PASSWORD,
                MessageKind::kPasswordReset, absl::StrCat(login, "password/set?", kUser)),
      CodeRoute("message.passkey_code", event::v1::CODE_PURPOSE_PASSKEY,
                MessageKind::kPasswordlessRegistration,
                absl::StrCat(login, "passkey/set?", kUser, "&codeId={{.CodeID}}")),
      CodeRoute("message.invite_code", event::v1::CODE_PURPOSE_INVITE, MessageKind::kInviteUser,
                absl::StrCat(login, "verify?", kUser, "&invite=true")),
      OtpRoute("message.otp_sms", event::v1::CODE_CHANNEL_SMS, MessageKind::kVerifySmsOtp, ""),
      OtpRoute("message.otp_email", event::v1::CODE_CHANNEL_EMAIL, MessageKind::kVerifyEmailOtp,
               absl::StrCat(login, "otp/email?", kUser, "&sessionId={{.SessionID}}")),
      Route{"message.password_changed", MessageKind::kPasswordChange,
            "/ui/console?login_hint={{.LoginName}}", &command::DuePasswordChange,
            &command::RaisePasswordChangeSent},
      Route{"message.domain_claimed", MessageKind::kDomainClaimed,
            "/ui/console?login_hint={{.LoginName}}", &command::DueDomainClaimed,
            &command::RaiseDomainClaimedSent},
  };
}

// The published type of the kind that asks for a work.
std::string EventTypeOf(const std::string& work) {
  for (const Descriptor* stream :
       {event::v1::UserCodeEvent::descriptor(), event::v1::SessionEvent::descriptor(),
        event::v1::UserEvent::descriptor()}) {
    for (int i = 0; i < stream->field_count(); ++i) {
      const auto& options = stream->field(i)->options();
      if (options.GetExtension(muniment::work).asks() != work) continue;
      return options.GetExtension(muniment::event_kind).type();
    }
  }
  MUNIMENT_CHECK(false);
  return "";
}

std::string DateText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", ToTime(time), absl::UTCTimeZone());
}

void AddRecipient(const MessagePorts& ports, const Work& work, const DueMessage& due,
                  Draft& draft) {
  const command::User& user = due.user;
  draft.login_names =
      ports.database->owners().LoginNames(work.instance, user.organization_id, user.username);
  draft.values = {{"UserID", due.user_id},
                  {"OrgID", user.organization_id},
                  {"UserName", user.username},
                  {"FirstName", user.profile.given_name()},
                  {"LastName", user.profile.family_name()},
                  {"NickName", user.profile.nick_name()},
                  {"DisplayName", user.profile.display_name()},
                  {"LastEmail", user.email},
                  {"VerifiedEmail", user.email_verified ? user.email : ""},
                  {"LastPhone", user.phone},
                  {"VerifiedPhone", user.phone_verified ? user.phone : ""},
                  {"PreferredLoginName", draft.login_names.front()},
                  {"LoginName", draft.login_names.front()},
                  {"LoginNames", absl::StrJoin(draft.login_names, ", ")}};
  projections::View view = ports.database->Read();
  const auto row = view.Get<row::v1::User>(work.instance, {due.user_id});
  if (!row.ok() || !row->has_value()) return;
  draft.values["CreationDate"] = DateText((*row)->stamp().created());
  draft.values["ChangeDate"] = DateText((*row)->stamp().changed());
}

void AddCode(const MessagePorts& ports, const DueMessage& due, const std::string& language,
             Draft& draft) {
  const event::v1::Code& code = due.code;
  switch (draft.kind) {
    case MessageKind::kVerifySmsOtp:
    case MessageKind::kVerifyEmailOtp:
      draft.values["OTP"] = code.code();
      draft.values["Origin"] = ports.origin(due.instance);
      draft.values["Domain"] = ports.host(due.instance);
      draft.values["Expiry"] = DurationText(ToDuration(code.lifetime()), language);
      break;
    case MessageKind::kPasswordChange:
      break;
    case MessageKind::kDomainClaimed:
      draft.values["TempUsername"] = due.user.username;
      draft.values["Domain"] = ReadableHostName(due.user.claimed_domain);
      break;
    case MessageKind::kInviteUser:
      draft.values["ApplicationName"] =
          code.application_name().empty() ? due.instance.name : code.application_name();
      [[fallthrough]];
    default:
      draft.values["Code"] = code.code();
  }
}

std::string LinkOf(const MessagePorts& ports, const Route& route, const DueMessage& due,
                   const Draft& draft) {
  std::string link = due.code.url_template();
  if (link.empty() && route.path.empty()) return "";
  if (link.empty()) link = absl::StrCat(ports.origin(due.instance), route.path);
  return RenderUrl(link, {{"UserID", due.user_id},
                          {"OrgID", due.user.organization_id},
                          {"Code", due.code.code()},
                          {"CodeID", due.code.code_id()},
                          {"SessionID", due.session_id},
                          {"LoginName", draft.login_names.front()},
                          {"DisplayName", due.user.profile.display_name()},
                          {"PreferredLanguage", due.user.profile.preferred_language()}});
}

absl::StatusOr<Message> MessageOf(const MessagePorts& ports, const Route& route, const Work& work,
                                  const DueMessage& due, const MessageText& text) {
  Draft draft;
  draft.key = work.Key();
  draft.instance = work.instance;
  draft.user_id = due.user_id;
  draft.kind = route.kind;
  draft.channel =
      due.code.channel() == event::v1::CODE_CHANNEL_SMS ? Channel::kSms : Channel::kMail;
  draft.event_type = route.event_type;
  draft.to = due.code.address();
  AddRecipient(ports, work, due, draft);
  AddCode(ports, due, text.language, draft);
  draft.url = LinkOf(ports, route, due, draft);
  return Compose(std::move(draft), text);
}

// As his organization or the instance says it, in the language that he is spoken to in.
absl::StatusOr<MessageText> TextFor(Unit& unit, const Route& route, const DueMessage& due) {
  const MessageText& built_in = BuiltInMessageText(
      route.kind, {due.user.profile.preferred_language(), due.instance.default_language},
      due.allowed_languages);
  return command::MessageTextFor(unit, due.user.organization_id, route.kind, built_in);
}

void LogFailure(const Work& work, const absl::Status& failure) {
  LogWarning("a message was not sent", {{"work", work.id.work},
                                        {"attempt", absl::StrCat(work.attempts + 1)},
                                        {"why", ReasonText(failure)}});
}

absl::Status Deliver(const MessagePorts& ports, const Route& route, MessageCounts& counts,
                     Action& action) {
  const Work& work = action.work();
  std::optional<DueMessage> due;
  MessageText text;
  RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(due, route.due(unit, work.id.resource_id));
    if (!due.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(text, TextFor(unit, route, *due));
    return absl::OkStatus();
  }));
  if (!due.has_value()) {
    ++counts.withheld;
    action.EndWith([id = work.id](Unit& unit) { return command::RaiseWorkDone(unit, id); });
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Message message, MessageOf(ports, route, work, *due, text));
  const bool by_mail = message.channel == Channel::kMail;
  Sender& sender = by_mail ? *ports.mail : *ports.sms;
  const absl::Status sent = sender.Send(message, {.deadline = action.deadline(), .go_on = [&action] {
    return action.MayAct();
  }});
  if (!sent.ok() && !action.MayAct()) return sent;  // broken off, which is no attempt
  MessageCounts::Channel& counted = by_mail ? counts.mail : counts.sms;
  ++(sent.ok() ? counted.sent : counted.failed);
  if (!sent.ok()) LogFailure(work, sent);
  action.EndWith([&route, id = work.id, due = *std::move(due)](Unit& unit) {
    return route.sent(unit, id, due);
  });
  return sent;
}

}  // namespace

std::vector<Reactor> MessageReactors(const MessagePorts& ports, MessageCounts& counts) {
  std::vector<Route> routes = Routes();
  std::vector<Reactor> reactors;
  for (Route& declared : routes) {
    declared.event_type = EventTypeOf(declared.work);
    const auto route = std::make_shared<const Route>(std::move(declared));
    Reactor reactor;
    reactor.work = route->work;
    reactor.retry.attempts = kAttempts;
    reactor.act = [ports, route, &counts](Action& action) {
      return Deliver(ports, *route, counts, action);
    };
    reactors.push_back(std::move(reactor));
  }
  return reactors;
}

}  // namespace muniment::gateway
