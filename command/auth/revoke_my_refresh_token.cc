#include "base/error.h"
#include "command/oidc/revoke.h"
#include "command/user/user.h"
#include "zitadel/auth.pb.h"

namespace muniment::command {

using zitadel::auth::v1::RevokeMyRefreshTokenRequest;
using zitadel::auth::v1::RevokeMyRefreshTokenResponse;

// Its id is its family's, with which all ends that came of the sign-in.
absl::StatusOr<RevokeMyRefreshTokenResponse> RevokeMyRefreshToken(
    Unit& unit, const RevokeMyRefreshTokenRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(request.id()));
  if (!family.exists() || family->grant.user_id() != user.id() || family->refresh_id.empty()) {
    return Error(absl::StatusCode::kNotFound, "refresh_token.not_found",
                 "There is no such refresh token.");
  }
  EndFamily(unit, family, event::v1::REVOCATION_REASON_USER);
  return RevokeMyRefreshTokenResponse();
}

}  // namespace muniment::command
