#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/session/standing.h"

namespace muniment::command {

// The session that proved the user was not ended, and he has the credentials that it proved. That its
// time is over ends no grant: who may refresh may while its user is away (OpenID Connect Core section
// 11).
absl::Status SignInStands(TokenFlow& flow) {
  const absl::Status ended =
      OauthError(Oauth::kInvalidGrant, "The sign-in that the grant came of has ended.");
  if (flow.grant.session_id().empty()) return ended;
  ASSIGN_OR_RETURN(const auto session, flow.unit.LoadAny<Session>(flow.grant.session_id()));
  ASSIGN_OR_RETURN(const auto user, flow.unit.LoadAny<User>(session->user_id));
  if (!session.exists() || !user.exists()) return ended;
  const std::string& expected = flow.begins() ? flow.signed_in_user_id : flow.grant.user_id();
  if (expected != session->user_id) return ended;
  ASSIGN_OR_RETURN(const bool stand, CredentialsStand(flow.unit, *session, *user));
  if (!stand) return ended;
  // What the family knows may be older than what its session proved since.
  if (flow.begins()) flow.grant.set_credential_epoch(session->credential_epoch);
  flow.user = user;
  return absl::OkStatus();
}

}  // namespace muniment::command
