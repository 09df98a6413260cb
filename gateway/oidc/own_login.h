// Where people sign in: at our own login, below the issuer, unless the application or the instance
// names another (LoginV2.base_uri).
#ifndef MUNIMENT_GATEWAY_OIDC_OWN_LOGIN_H_
#define MUNIMENT_GATEWAY_OIDC_OWN_LOGIN_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "command/oidc/authorize.h"
#include "gateway/oidc/visit.h"

namespace muniment::gateway {

inline constexpr absl::string_view kOwnLogin = command::kOwnLoginPath;

// `named`: another, or empty. Without a slash at its end.
inline std::string LoginBase(absl::string_view issuer, absl::string_view named) {
  if (named.empty()) return absl::StrCat(issuer, kOwnLogin);
  return std::string(absl::StripSuffix(named, "/"));
}

// Of an application, as commands decide (LoginBaseUri in base/features.h); of none, the instance's.
std::string LoginOf(const Visit& visit, absl::string_view client_id);

// Where a login has people type what a device shows (RFC 8628 section 3.3), with the code typed already
// unless it is empty.
std::string DevicePageOf(absl::string_view login, const std::string& user_code);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_OWN_LOGIN_H_
