#include "base/error.h"
#include "command/oidc/revoke.h"
#include "command/user/user.h"
#include "zitadel/auth.pb.h"

namespace muniment::command {

using zitadel::auth::v1::RevokeAllMyRefreshTokensRequest;
using zitadel::auth::v1::RevokeAllMyRefreshTokensResponse;

// Of some hundred at once the rest is told, as a call that says all is done must have done all.
absl::StatusOr<RevokeAllMyRefreshTokensResponse> RevokeAllMyRefreshTokens(
    Unit& unit, const RevokeAllMyRefreshTokensRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const bool all, RevokeFamilies(unit, user.id(),
                                                  event::v1::REVOCATION_REASON_USER,
                                                  [] { return true; }));
  if (all) return RevokeAllMyRefreshTokensResponse();
  return unit.Refuse(Error(absl::StatusCode::kAborted, "refresh_token.more_left",
                           "Some hundred were revoked, and there are more; call again."));
}

}  // namespace muniment::command
