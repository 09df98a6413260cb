#include "base/proof.h"

#include <algorithm>

namespace muniment {
namespace {

bool Counts(absl::Time proved, absl::Duration lifetime, absl::Time now) {
  return proved != absl::InfinitePast() &&
         (lifetime <= absl::ZeroDuration() || now < proved + lifetime);
}

}  // namespace

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

bool Fresh(const Proofs& proofs, absl::Time now) { return Counts(proofs.newest(), kFresh, now); }

}  // namespace muniment
