// The sign-in checks of a user, as decisions see them: what was guessed wrong in a row, over all
// ways to sign in, and what must not count twice.
#ifndef MUNIMENT_COMMAND_USER_CHECKS_H_
#define MUNIMENT_COMMAND_USER_CHECKS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "command/unit.h"
#include "muniment/event/v1/credential.visit.h"

namespace muniment::command {

struct UserChecks {
  using Event = event::v1::UserCheckEvent;
  // A security key cannot be guessed, so its failures lock nobody out; they stand in the log.
  using Ignored = Kinds<event::v1::U2fCheckSucceeded, event::v1::U2fCheckFailed,
                        event::v1::PasskeyCheckSucceeded, event::v1::PasskeyCheckFailed>;
  static constexpr absl::string_view kNoun = "user.check";

  // In a row, since the last right one.
  uint64_t password_failures = 0;
  // Of one-time codes of any kind, recovery codes too.
  uint64_t otp_failures = 0;
  // The newest TOTP step that was shown right; it and older ones count no more.
  int64_t totp_step = 0;
  absl::Time mfa_skipped = absl::InfinitePast();

  bool exists() const { return true; }
};

// How long the answer to a try is held back, right or wrong, when `failures` are those in a row with
// this one, if it is one: from the fifth a second, one more with each five, ten at most.
absl::Duration Tarpit(uint64_t failures);

// How long such a try takes its place of the few that one user has (command/tries.h). It goes on
// growing where the answer, for which a client waits so long and not longer, does not: to ten
// minutes, so that tries get rarer the more there were (RFC 4226 section 7.3).
absl::Duration TryPause(uint64_t failures);

// Begins a try at the secrets of a user, or of who stands for a name that is nobody's
// (unknown_user.h): before it is judged, after `failures` in a row. Every way to guess begins so.
// From the fifth on the answer is held back, and of such tries at one user 5 from one address and
// 20 from all may be under way on a node: RESOURCE_EXHAUSTED "user.too_many_tries", which is neither
// judged nor counted. The address is the one that the session was reported to be at, when another
// than the user himself says so, else the call's own.
absl::Status BeginTry(Unit& unit, absl::string_view id, uint64_t failures);

void Fold(UserChecks& checks, const event::v1::PasswordCheckSucceeded& event);
void Fold(UserChecks& checks, const event::v1::PasswordCheckFailed& event);
void Fold(UserChecks& checks, const event::v1::TotpCheckSucceeded& event);
void Fold(UserChecks& checks, const event::v1::TotpCheckFailed& event);
void Fold(UserChecks& checks, const event::v1::OtpSmsCheckSucceeded& event);
void Fold(UserChecks& checks, const event::v1::OtpSmsCheckFailed& event);
void Fold(UserChecks& checks, const event::v1::OtpEmailCheckSucceeded& event);
void Fold(UserChecks& checks, const event::v1::OtpEmailCheckFailed& event);
void Fold(UserChecks& checks, const event::v1::RecoveryCodeCheckFailed& event);
void Fold(UserChecks& checks, const event::v1::MfaInitSkipped& event);
void Fold(UserChecks& checks, const event::v1::ChecksCleared& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CHECKS_H_
