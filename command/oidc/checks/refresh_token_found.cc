#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status RefreshTokenFound(TokenFlow& flow) {
  if (flow.Param("refresh_token").empty()) {
    return OauthError(Oauth::kInvalidRequest, "The refresh_token is missing.");
  }
  const absl::Status unknown =
      OauthError(Oauth::kInvalidGrant, "The refresh token is unknown, or is over.");
  const oidc::v1::SealedToken& shown = flow.request.refresh_token();
  if (shown.instance() != flow.unit.instance() || shown.family_id().empty()) return unknown;
  ASSIGN_OR_RETURN(flow.family, flow.unit.LoadAny<TokenFamily>(shown.family_id()));
  const TokenFamily& family = **flow.family;
  if (!family.added || family.refresh_id.empty()) return unknown;
  flow.grant = family.grant;
  flow.scope.assign(family.grant.scope().begin(), family.grant.scope().end());
  return absl::OkStatus();
}

}  // namespace muniment::command
