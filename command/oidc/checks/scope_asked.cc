#include <algorithm>

#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

absl::Status ScopeAsked(AuthorizeFlow& flow) {
  ASSIGN_OR_RETURN(auto scope, ParseAskedScopes(flow.Param("scope")));
  const bool code = flow.asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE;
  const bool identity = std::find(scope.begin(), scope.end(), kOpenIdScope) != scope.end();
  if (!code && !identity) {
    return OauthError(Oauth::kInvalidScope, "An ID token takes the scope openid.");
  }
  // OpenID Connect Core section 11: without a code it is ignored.
  if (!code) std::erase(scope, kOfflineScope);
  flow.asked.mutable_scope()->Assign(scope.begin(), scope.end());
  return absl::OkStatus();
}

}  // namespace muniment::command
