#include "command/session/session.h"

#include "base/timestamp.h"
#include "command/user/codes.h"

namespace muniment::command {

namespace {

// A code that was guessed wrong so often counts no more, whatever is typed next.
void CountFailure(std::optional<Session::OtpChallenge>& challenge) {
  if (challenge.has_value() && ++challenge->failures >= kMaxCodeFailures) challenge.reset();
}

}  // namespace

void Fold(Session& session, const event::v1::SessionAdded& event) {
  session.added = true;
  session.added_at = ToTime(event.added_at());
  session.creator_id = event.creator_id();
  session.user_agent = event.user_agent();
  session.organization_id = event.organization_id();
}

void Fold(Session& session, const event::v1::SessionUserChecked& event) {
  session.user_id = event.user_id();
  session.organization_id = event.organization_id();
  session.user_checked = ToTime(event.checked_at());
  if (event.credential_epoch() > session.credential_epoch) session.proofs = Proofs();
  session.credential_epoch = event.credential_epoch();
}

void Fold(Session& session, const event::v1::SessionPasswordChecked& event) {
  session.proofs.password = ToTime(event.checked_at());
}

void Fold(Session& session, const event::v1::SessionWebAuthnChallenged& event) {
  session.web_authn = event;
}

void Fold(Session& session, const event::v1::SessionWebAuthnChecked& event) {
  session.web_authn.reset();
  session.proofs.web_authn = ToTime(event.checked_at());
  session.proofs.user_verified = event.user_verified();
}

void Fold(Session& session, const event::v1::SessionTotpChecked& event) {
  session.proofs.totp = ToTime(event.checked_at());
}

void Fold(Session& session, const event::v1::SessionOtpSmsChallenged& event) {
  session.otp_sms = {event.code(), 0};
}

void Fold(Session& session, const event::v1::SessionOtpSmsChecked& event) {
  session.otp_sms.reset();
  session.proofs.otp_sms = ToTime(event.checked_at());
}

void Fold(Session& session, const event::v1::SessionOtpEmailChallenged& event) {
  session.otp_email = {event.code(), 0};
}

void Fold(Session& session, const event::v1::SessionOtpEmailChecked& event) {
  session.otp_email.reset();
  session.proofs.otp_email = ToTime(event.checked_at());
}

void Fold(Session& session, const event::v1::SessionOtpSmsFailed&) {
  CountFailure(session.otp_sms);
}

void Fold(Session& session, const event::v1::SessionOtpEmailFailed&) {
  CountFailure(session.otp_email);
}

void Fold(Session& session, const event::v1::SessionRecoveryCodeChecked& event) {
  session.proofs.recovery_code = ToTime(event.checked_at());
}

void Fold(Session& session, const event::v1::SessionTokenSet& event) {
  session.token_hash = event.token_hash();
}

void Fold(Session& session, const event::v1::SessionMetadataSet& event) {
  session.metadata = {event.metadata().begin(), event.metadata().end()};
}

void Fold(Session& session, const event::v1::SessionLifetimeSet& event) {
  session.lifetime = ToDuration(event.lifetime());
}

void Fold(Session& session, const event::v1::SessionTerminated&) { session.terminated = true; }

void Fold(Session& session, const event::v1::SessionCredentialsKept& event) {
  session.credential_epoch = event.credential_epoch();
}

}  // namespace muniment::command
