#include "command/user/checks.h"

#include <algorithm>

#include "base/timestamp.h"

namespace muniment::command {

absl::Duration Tarpit(uint64_t failures) {
  return std::min(TryPause(failures), absl::Seconds(10));
}

absl::Duration TryPause(uint64_t failures) {
  constexpr uint64_t kStep = 5, kMostSeconds = 600;
  return absl::Seconds(std::min(failures / kStep, kMostSeconds));
}

absl::Status BeginTry(Unit& unit, absl::string_view id, uint64_t failures) {
  return unit.HoldBack(id, Tarpit(failures + 1), TryPause(failures + 1));
}

void Fold(UserChecks& checks, const event::v1::PasswordCheckSucceeded&) {
  checks.password_failures = 0;
}
void Fold(UserChecks& checks, const event::v1::PasswordCheckFailed&) {
  ++checks.password_failures;
}
void Fold(UserChecks& checks, const event::v1::TotpCheckSucceeded& event) {
  checks.otp_failures = 0;
  checks.totp_step = std::max(checks.totp_step, event.step());
}
void Fold(UserChecks& checks, const event::v1::TotpCheckFailed&) { ++checks.otp_failures; }
void Fold(UserChecks& checks, const event::v1::OtpSmsCheckSucceeded&) { checks.otp_failures = 0; }
void Fold(UserChecks& checks, const event::v1::OtpSmsCheckFailed&) { ++checks.otp_failures; }
void Fold(UserChecks& checks, const event::v1::OtpEmailCheckSucceeded&) { checks.otp_failures = 0; }
void Fold(UserChecks& checks, const event::v1::OtpEmailCheckFailed&) { ++checks.otp_failures; }
void Fold(UserChecks& checks, const event::v1::RecoveryCodeCheckFailed&) { ++checks.otp_failures; }
void Fold(UserChecks& checks, const event::v1::MfaInitSkipped& event) {
  checks.mfa_skipped = ToTime(event.skipped_at());
}
void Fold(UserChecks& checks, const event::v1::ChecksCleared& event) {
  checks.password_failures = 0;
  if (!event.passwords_only()) checks.otp_failures = 0;
}

}  // namespace muniment::command
