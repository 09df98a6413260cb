#include "base/proof.h"

#include <algorithm>

#include "base/error.h"
#include "base/timestamp.h"

namespace muniment {
namespace {

bool Counts(absl::Time proved, absl::Duration lifetime, absl::Time now) {
  return proved != absl::InfinitePast() &&
         (lifetime <= absl::ZeroDuration() || now < proved + lifetime);
}

}  // namespace

bool HoldsSecondFactor(const HeldFactors& held,
                       absl::FunctionRef<bool(event::v1::SecondFactor)> allowed) {
  return (held.totp && allowed(event::v1::SECOND_FACTOR_TOTP)) ||
         (held.otp_sms && allowed(event::v1::SECOND_FACTOR_OTP_SMS)) ||
         (held.otp_email && allowed(event::v1::SECOND_FACTOR_OTP_EMAIL)) ||
         (held.u2f && allowed(event::v1::SECOND_FACTOR_U2F));
}

Demands DemandsOf(const event::v1::LoginPolicy& policy, bool has_second_factor) {
  Demands demands;
  demands.force_mfa = policy.force_mfa();
  demands.force_mfa_local_only = policy.force_mfa_local_only();
  demands.has_second_factor = has_second_factor;
  demands.password_lifetime = ToDuration(policy.password_check_lifetime());
  demands.intent_lifetime = ToDuration(policy.external_login_check_lifetime());
  demands.second_factor_lifetime = ToDuration(policy.second_factor_check_lifetime());
  demands.multi_factor_lifetime = ToDuration(policy.multi_factor_check_lifetime());
  return demands;
}

absl::Time Proofs::newest() const {
  return std::max({password, intent, web_authn, totp, otp_sms, otp_email, recovery_code});
}

Proof Judge(const Proofs& proofs, const Demands& demands, absl::Time now) {
  if (proofs.user_verified && Counts(proofs.web_authn, demands.multi_factor_lifetime, now)) {
    return Proof::kEnough;
  }
  const bool outside = Counts(proofs.intent, demands.intent_lifetime, now);
  if (!outside && !Counts(proofs.password, demands.password_lifetime, now)) {
    return Proof::kNoFirstFactor;
  }
  const bool forced = demands.force_mfa || (demands.force_mfa_local_only && !outside);
  if (!forced && !demands.has_second_factor) return Proof::kEnough;
  for (const absl::Time second : {proofs.web_authn, proofs.totp, proofs.otp_sms, proofs.otp_email,
                                  proofs.recovery_code}) {
    if (Counts(second, demands.second_factor_lifetime, now)) return Proof::kEnough;
  }
  return Proof::kNoSecondFactor;
}

absl::Status MayAct(const Proofs& proofs, const Demands& demands, absl::Time now) {
  const Proof proof = Judge(proofs, demands, now);
  if (proof == Proof::kEnough) return absl::OkStatus();
  const bool first = proof == Proof::kNoFirstFactor;
  absl::Status lacks = Error(
      absl::StatusCode::kUnauthenticated, "auth.session_unproved",
      first ? "The session has proved neither a password nor a passkey, or not lately."
            : "The session lacks a second factor, which its user has or the login policy forces.");
  SetErrorFact(lacks, "lacks", first ? "first_factor" : "second_factor");
  return lacks;
}

bool MustChangePassword(const Proofs& proofs, const PasswordState& password, absl::Time now) {
  if (proofs.password == absl::InfinitePast()) return false;
  if (password.change_required) return true;
  // Beyond some thousand years a multiplication would overflow.
  const uint64_t days = std::min<uint64_t>(password.max_age_days, 1'000'000);
  return days > 0 && now >= password.changed + absl::Hours(24) * days;
}

absl::Status PasswordChangeRequired() {
  return Error(absl::StatusCode::kPermissionDenied, "auth.password_change_required",
               "The password must be changed first, by SetPassword with the current one: it was "
               "set to be changed, or is older than it may be.");
}

absl::Status CredentialsChanged(absl::StatusCode code) {
  return Error(code, "session.credentials_changed",
               "The user's password or factors were changed, or he was locked, after he was proved "
               "in this session. Prove him again.");
}

bool Fresh(const Proofs& proofs, absl::Time now) { return Counts(proofs.newest(), kFresh, now); }

absl::Status ProofTooOld() {
  return Error(absl::StatusCode::kPermissionDenied, "auth.proof_too_old",
               "This takes a password or factor that was proved lately, in the session that is "
               "shown. Prove one and try again.");
}

}  // namespace muniment
