// What tokens say of how and when their user proved himself, of what his session proved. Pure.
#ifndef MUNIMENT_BASE_AMR_H_
#define MUNIMENT_BASE_AMR_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/proof.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment {

// Those of them that are within the lifetimes that the policy gives them.
Proofs Standing(const Proofs& proofs, const Demands& demands, absl::Time now);

// RFC 8176 section 2, in the order of the enumeration: `mfa` where there were two factors, or a passkey
// that made sure of the person; `user` and `pop` of a security key or a passkey.
std::vector<event::v1::AuthenticationMethod> AmrOf(const Proofs& proofs);
absl::string_view NameOf(event::v1::AuthenticationMethod method);

// When the first factor was proved last: a second one, proved later, makes nobody sit there anew.
absl::Time AuthTimeOf(const Proofs& proofs);

// The authentication context class (OpenID Connect Core section 2): "2" for two factors, "1" for one.
inline constexpr absl::string_view kOneFactor = "1";
inline constexpr absl::string_view kTwoFactors = "2";
template <class Methods>
absl::string_view AcrOf(const Methods& amr) {
  for (const auto method : amr) {
    if (method == event::v1::AUTHENTICATION_METHOD_MFA) return kTwoFactors;
  }
  return kOneFactor;
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_AMR_H_
