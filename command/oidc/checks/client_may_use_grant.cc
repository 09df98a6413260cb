#include <algorithm>

#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

namespace {

struct GrantType {
  absl::string_view name;
  event::v1::OidcGrantType type;
};
constexpr GrantType kGrantTypes[] = {
    {"authorization_code", event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE},
    {"refresh_token", event::v1::OIDC_GRANT_TYPE_REFRESH_TOKEN},
    {"urn:ietf:params:oauth:grant-type:device_code", event::v1::OIDC_GRANT_TYPE_DEVICE_CODE},
    {"urn:ietf:params:oauth:grant-type:token-exchange", event::v1::OIDC_GRANT_TYPE_TOKEN_EXCHANGE},
};

// An API signs nobody in.
absl::Status MayUse(const TokenFlow& flow, absl::string_view asked) {
  const auto& oidc = (*flow.client)->oidc;
  const bool may = oidc.has_value() &&
                   std::any_of(std::begin(kGrantTypes), std::end(kGrantTypes), [&](const auto& row) {
                     return row.name == asked && std::count(oidc->grant_type().begin(),
                                                            oidc->grant_type().end(), row.type) > 0;
                   });
  if (may) return absl::OkStatus();
  return OauthError(Oauth::kUnauthorizedClient,
                    "The application is not configured for this grant type.");
}

}  // namespace

absl::Status ClientMayUseGrant(TokenFlow& flow) { return MayUse(flow, flow.Param("grant_type")); }

absl::Status ClientMayUseDevices(TokenFlow& flow) {
  return MayUse(flow, "urn:ietf:params:oauth:grant-type:device_code");
}

}  // namespace muniment::command
