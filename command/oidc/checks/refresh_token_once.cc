#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/revoke.h"

namespace muniment::command {

namespace {

// An answer that was lost on its way may be asked for again for so long, while the refresh token in it
// was not used: the same tokens, and no event. Longer would give a thief time beside the one robbed.
constexpr absl::Duration kLostAnswer = absl::Seconds(10);

}  // namespace

// An older one is shown by a thief, or by the one who was robbed: nobody can tell, so all end.
absl::Status RefreshTokenOnce(TokenFlow& flow) {
  const TokenFamily& family = **flow.family;
  const std::string& shown = flow.request.refresh_token().token_id();
  if (family.revoked) return OauthError(Oauth::kInvalidGrant, "The refresh token was revoked.");
  if (shown == family.refresh_id) return absl::OkStatus();
  const absl::Duration since = flow.unit.Now() - family.renewed_at;
  if (shown == family.previous_refresh_id && since < kLostAnswer) {
    const auto* given = family.Find(family.renewed_access_id);
    flow.repeated = given != nullptr && flow.unit.Now() < given->expiration;
    if (flow.repeated) return absl::OkStatus();
    return OauthError(Oauth::kInvalidGrant, "The refresh token was used a moment ago.");
  }
  EndFamily(flow.unit, *flow.family, event::v1::REVOCATION_REASON_REUSE);
  return flow.unit.Refuse(OauthError(
      Oauth::kInvalidGrant,
      "The refresh token was used before. All tokens that came of the sign-in are revoked."));
}

}  // namespace muniment::command
