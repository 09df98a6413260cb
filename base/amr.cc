#include "base/amr.h"

#include <algorithm>

namespace muniment {

using event::v1::AuthenticationMethod;

namespace {

bool Proved(absl::Time when) { return when != absl::InfinitePast(); }

absl::Time Within(absl::Time proved, absl::Duration lifetime, absl::Time now) {
  const bool over = lifetime > absl::ZeroDuration() && now >= proved + lifetime;
  return over ? absl::InfinitePast() : proved;
}

}  // namespace

Proofs Standing(const Proofs& proofs, const Demands& demands, absl::Time now) {
  const absl::Duration second = demands.second_factor_lifetime;
  Proofs standing = proofs;
  standing.password = Within(proofs.password, demands.password_lifetime, now);
  standing.intent = Within(proofs.intent, demands.intent_lifetime, now);
  standing.web_authn = Within(
      proofs.web_authn, proofs.user_verified ? demands.multi_factor_lifetime : second, now);
  for (absl::Time Proofs::* each :
       {&Proofs::totp, &Proofs::otp_sms, &Proofs::otp_email, &Proofs::recovery_code}) {
    standing.*each = Within(proofs.*each, second, now);
  }
  return standing;
}

std::vector<AuthenticationMethod> AmrOf(const Proofs& proofs) {
  const bool password = Proved(proofs.password);
  const bool one_time = Proved(proofs.totp) || Proved(proofs.otp_sms) ||
                        Proved(proofs.otp_email) || Proved(proofs.recovery_code);
  const bool key = Proved(proofs.web_authn);
  const int factors = (password || Proved(proofs.intent) ? 1 : 0) + (one_time ? 1 : 0) +
                      (key ? 1 : 0);
  std::vector<AuthenticationMethod> methods;
  if (password) methods.push_back(event::v1::AUTHENTICATION_METHOD_PWD);
  if (factors > 1 || (key && proofs.user_verified)) {
    methods.push_back(event::v1::AUTHENTICATION_METHOD_MFA);
  }
  if (one_time) methods.push_back(event::v1::AUTHENTICATION_METHOD_OTP);
  if (key) {
    methods.push_back(event::v1::AUTHENTICATION_METHOD_USER);
    methods.push_back(event::v1::AUTHENTICATION_METHOD_POP);
  }
  return methods;
}

absl::string_view NameOf(AuthenticationMethod method) {
  switch (method) {
    case event::v1::AUTHENTICATION_METHOD_PWD: return "pwd";
    case event::v1::AUTHENTICATION_METHOD_MFA: return "mfa";
    case event::v1::AUTHENTICATION_METHOD_OTP: return "otp";
    case event::v1::AUTHENTICATION_METHOD_USER: return "user";
    case event::v1::AUTHENTICATION_METHOD_POP: return "pop";
    default: return "";
  }
}

absl::Time AuthTimeOf(const Proofs& proofs) {
  absl::Time first = std::max(proofs.password, proofs.intent);
  if (proofs.user_verified || first == absl::InfinitePast()) {
    first = std::max(first, proofs.web_authn);
  }
  return first;
}

}  // namespace muniment
