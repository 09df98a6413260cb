// Where our own login stands, below the issuer; an application may name another (LoginV2.base_uri).
#ifndef MUNIMENT_GATEWAY_OIDC_OWN_LOGIN_H_
#define MUNIMENT_GATEWAY_OIDC_OWN_LOGIN_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace muniment::gateway {

inline constexpr absl::string_view kOwnLogin = "/ui/v2/login";

// `named`: what the application names, or nothing. Without a slash at its end.
inline std::string LoginBase(absl::string_view issuer, absl::string_view named) {
  if (named.empty()) return absl::StrCat(issuer, kOwnLogin);
  return std::string(absl::StripSuffix(named, "/"));
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_OWN_LOGIN_H_
