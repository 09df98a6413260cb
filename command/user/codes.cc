#include "command/user/codes.h"

#include "base/timestamp.h"

namespace muniment::command {

namespace {

using event::v1::CodePurpose;

void Count(UserCodes& codes, event::v1::CodeChannel channel, absl::Time asked) {
  CountMessageAt(codes.messages[channel], asked);
}

void Add(UserCodes& codes, CodePurpose purpose, const event::v1::Code& code) {
  codes.pending[purpose] = {code, 0};
  if (code.channel() == event::v1::CODE_CHANNEL_RETURNED) return;
  Count(codes, code.channel(), ToTime(code.issued_at()));
}

void Fail(UserCodes& codes, CodePurpose purpose) {
  const auto found = codes.pending.find(purpose);
  if (found == codes.pending.end()) return;
  if (++found->second.failures >= kMaxCodeFailures) codes.pending.erase(found);
}

}  // namespace

bool ReachesNow(const User& user, const event::v1::Code& code) {
  return code.address().empty() || code.address() == user.email || code.address() == user.phone;
}

void Fold(UserCodes& codes, const event::v1::EmailCodeAdded& event) {
  Add(codes, event::v1::CODE_PURPOSE_EMAIL, event.code());
}
void Fold(UserCodes& codes, const event::v1::PhoneCodeAdded& event) {
  Add(codes, event::v1::CODE_PURPOSE_PHONE, event.code());
}
void Fold(UserCodes& codes, const event::v1::PasswordCodeAdded& event) {
  Add(codes, event::v1::CODE_PURPOSE_PASSWORD, event.code());
}
void Fold(UserCodes& codes, const event::v1::PasskeyCodeAdded& event) {
  Add(codes, event::v1::CODE_PURPOSE_PASSKEY, event.code());
}
void Fold(UserCodes& codes, const event::v1::InviteCodeAdded& event) {
  Add(codes, event::v1::CODE_PURPOSE_INVITE, event.code());
}

void Fold(UserCodes& codes, const event::v1::EmailVerificationFailed&) {
  Fail(codes, event::v1::CODE_PURPOSE_EMAIL);
}
void Fold(UserCodes& codes, const event::v1::PhoneVerificationFailed&) {
  Fail(codes, event::v1::CODE_PURPOSE_PHONE);
}
void Fold(UserCodes& codes, const event::v1::PasswordCodeFailed&) {
  Fail(codes, event::v1::CODE_PURPOSE_PASSWORD);
}
void Fold(UserCodes& codes, const event::v1::PasskeyCodeFailed&) {
  Fail(codes, event::v1::CODE_PURPOSE_PASSKEY);
}
void Fold(UserCodes& codes, const event::v1::InviteCodeFailed&) {
  Fail(codes, event::v1::CODE_PURPOSE_INVITE);
}

void Fold(UserCodes& codes, const event::v1::CodeUsed& event) {
  codes.pending.erase(event.purpose());
}
void Fold(UserCodes& codes, const event::v1::CodeVoided& event) {
  codes.pending.erase(event.purpose());
}
void Fold(UserCodes& codes, const event::v1::MessageAsked& event) {
  Count(codes, event.channel(), ToTime(event.asked_at()));
}

}  // namespace muniment::command
