// What an application says of who it wants to sign in (login_hint, OpenID Connect Core section
// 3.1.2.1): a person's name or address. It goes with the browser that brought it, sealed behind the
// id by which a login is told of the request, and is stored nowhere: it may be anybody's, so no
// erasure would find it.
//
//   std::string told = LoginRequestIdWith(sealer, instance, id, "ada@example.org", expiry);
//   told == "V2_17.aFx.."; RequestOfLogin(told) == id           (base/oidc_code.h)
//   HintOfLogin(sealer, instance, told, now) == "ada@example.org"
//
// It opens for the request that it was sealed for and no other. Pure; every input may be hostile.
#ifndef MUNIMENT_BASE_LOGIN_HINT_H_
#define MUNIMENT_BASE_LOGIN_HINT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/keyring.h"

namespace muniment {

// So that the id stays within what the published methods take, 200 characters. Any longer is none.
inline constexpr size_t kMaxLoginHint = 85;  // bytes

std::string LoginRequestIdWith(const Sealer& sealer, uint64_t instance, absl::string_view id,
                               absl::string_view hint, absl::Time expiry);

// Empty where there is none, or none of ours for this request.
std::string HintOfLogin(const Sealer& sealer, uint64_t instance, absl::string_view told,
                        absl::Time now);

}  // namespace muniment

#endif  // MUNIMENT_BASE_LOGIN_HINT_H_
