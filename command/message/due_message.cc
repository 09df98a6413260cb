#include "command/message/due_message.h"

#include <utility>

#include "command/policy/restrictions.h"
#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/new_code.h"
#include "command/work/outcome.h"

namespace muniment::command {

namespace {

using Due = std::optional<DueMessage>;

// A code without a text is an erased one's.
bool MayGoOut(const User& user, const event::v1::Code& code, absl::Time now) {
  return user.exists() && !code.code().empty() && !code.address().empty() &&
         code.channel() != event::v1::CODE_CHANNEL_RETURNED && ReachesNow(user, code) &&
         now < ExpiryOf(code);
}

bool IsSame(const event::v1::Code& one, const event::v1::Code& other) {
  return one.code() == other.code() && one.issued_at().seconds() == other.issued_at().seconds() &&
         one.issued_at().nanos() == other.issued_at().nanos();
}

const event::v1::Code* PendingOf(const UserCodes& codes, event::v1::CodePurpose purpose) {
  const auto pending = codes.pending.find(purpose);
  return pending == codes.pending.end() ? nullptr : &pending->second.code;
}

const event::v1::Code* ChallengeOf(const Session& session, event::v1::CodeChannel channel) {
  const auto& challenge =
      channel == event::v1::CODE_CHANNEL_SMS ? session.otp_sms : session.otp_email;
  return challenge.has_value() ? &challenge->code : nullptr;
}

event::v1::UserCodeEvent SentKind(event::v1::CodePurpose purpose) {
  event::v1::UserCodeEvent event;
  switch (purpose) {
    case event::v1::CODE_PURPOSE_PHONE: event.mutable_phone_sent(); break;
    case event::v1::CODE_PURPOSE_PASSWORD: event.mutable_password_sent(); break;
    case event::v1::CODE_PURPOSE_PASSKEY: event.mutable_passkey_sent(); break;
    case event::v1::CODE_PURPOSE_INVITE: event.mutable_invite_sent(); break;
    default: event.mutable_email_sent();
  }
  return event;
}

bool HasProvedAddress(const User& user) {
  return user.exists() && !user.email.empty() && user.email_verified;
}

// What is the same of all that the instance sends.
absl::StatusOr<DueMessage> BeginMessage(Unit& unit) {
  const auto restrictions_loaded = LoadRestrictions(unit);
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  ASSIGN_OR_RETURN(const auto restrictions, restrictions_loaded);
  DueMessage due;
  due.instance = *instance;
  due.allowed_languages = AllowedLanguages(restrictions->policy);
  return due;
}

DueMessage WithCode(DueMessage due, const Ref<User>& user, const event::v1::Code& code) {
  due.user_id = user.id();
  due.user = *user;
  due.code = code;
  return due;
}

// To his own address.
DueMessage WithoutCode(DueMessage due, const Ref<User>& user) {
  event::v1::Code none;
  none.set_channel(event::v1::CODE_CHANNEL_EMAIL);
  none.set_address(user->email);
  return WithCode(std::move(due), user, none);
}

}  // namespace

absl::StatusOr<Due> DueCode(Unit& unit, absl::string_view user_id,
                            event::v1::CodePurpose purpose) {
  const auto codes_loaded = unit.LoadAny<UserCodes>(user_id);
  auto begun = BeginMessage(unit);
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  ASSIGN_OR_RETURN(const auto codes, codes_loaded);
  ASSIGN_OR_RETURN(DueMessage due, std::move(begun));
  const event::v1::Code* const code = PendingOf(*codes, purpose);
  if (code == nullptr || !MayGoOut(*user, *code, unit.Now())) return std::nullopt;
  return WithCode(std::move(due), user, *code);
}

absl::StatusOr<Due> DueOtp(Unit& unit, absl::string_view session_id,
                           event::v1::CodeChannel channel) {
  auto begun = BeginMessage(unit);
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(session_id));
  const event::v1::Code* const code = ChallengeOf(*session, channel);
  if (code == nullptr || session->user_id.empty() || !session->stands(unit.Now())) {
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(session->user_id));
  ASSIGN_OR_RETURN(DueMessage due, std::move(begun));
  // Of a locked or inactive user it would prove nothing.
  if (!user->active() || !MayGoOut(*user, *code, unit.Now())) return std::nullopt;
  due.session_id = session.id();
  return WithCode(std::move(due), user, *code);
}

absl::StatusOr<Due> DuePasswordChange(Unit& unit, absl::string_view user_id) {
  auto begun = BeginMessage(unit);
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  ASSIGN_OR_RETURN(DueMessage due, std::move(begun));
  if (!HasProvedAddress(*user)) return std::nullopt;
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<NotificationPolicy>(user->organization_id));
  if (!policy->policy.password_change()) return std::nullopt;
  return WithoutCode(std::move(due), user);
}

absl::StatusOr<Due> DueDomainClaimed(Unit& unit, absl::string_view user_id) {
  auto begun = BeginMessage(unit);
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  ASSIGN_OR_RETURN(DueMessage due, std::move(begun));
  if (!HasProvedAddress(*user) || user->claimed_domain.empty()) return std::nullopt;
  return WithoutCode(std::move(due), user);
}

absl::Status RaiseCodeSent(Unit& unit, const WorkId& work, event::v1::CodePurpose purpose,
                           const DueMessage& sent) {
  const auto user_loaded = unit.LoadAny<User>(sent.user_id);
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(sent.user_id));
  RETURN_IF_ERROR(user_loaded.status());
  const event::v1::Code* const code = PendingOf(*codes, purpose);
  if (code == nullptr || !IsSame(*code, sent.code)) return RaiseWorkDone(unit, work);
  unit.Raise(codes, SentKind(purpose));
  return absl::OkStatus();
}

absl::Status RaiseOtpSent(Unit& unit, const WorkId& work, event::v1::CodeChannel channel,
                          const DueMessage& sent) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(sent.session_id));
  const event::v1::Code* const code = ChallengeOf(*session, channel);
  if (code == nullptr || !session->exists() || !IsSame(*code, sent.code)) {
    return RaiseWorkDone(unit, work);
  }
  if (channel == event::v1::CODE_CHANNEL_SMS) {
    unit.Raise(session, event::v1::SessionOtpSmsSent());
  } else {
    unit.Raise(session, event::v1::SessionOtpEmailSent());
  }
  return absl::OkStatus();
}

absl::Status RaisePasswordChangeSent(Unit& unit, const WorkId& work, const DueMessage& sent) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(sent.user_id));
  if (!user->exists() || user->password_changed != sent.user.password_changed) {
    return RaiseWorkDone(unit, work);
  }
  unit.Raise(user, event::v1::PasswordChangeSent());
  return absl::OkStatus();
}

absl::Status RaiseDomainClaimedSent(Unit& unit, const WorkId& work, const DueMessage& sent) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(sent.user_id));
  if (!user->exists() || user->username != sent.user.username) return RaiseWorkDone(unit, work);
  unit.Raise(user, event::v1::UserDomainClaimedSent());
  return absl::OkStatus();
}

}  // namespace muniment::command
