#include "base/crypto.h"
#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

// Who has no secret proves by this alone that he is who began (RFC 9700 section 2.1.1). `plain` shows
// the verifier to whoever sees the request, so it is not taken.
absl::Status ChallengeFits(AuthorizeFlow& flow) {
  const absl::string_view challenge = flow.Param("code_challenge");
  const absl::string_view method = flow.Param("code_challenge_method");
  const bool code = flow.asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE;
  const bool proves = (*flow.client)->oidc->auth_method() != event::v1::OIDC_AUTH_METHOD_NONE;
  if (challenge.empty()) {
    if (!method.empty() || (code && !proves)) {
      return OauthError(Oauth::kInvalidRequest, "code_challenge is missing.");
    }
    return absl::OkStatus();
  }
  if (method != "S256") {
    return OauthError(Oauth::kInvalidRequest, "code_challenge_method must be S256.");
  }
  const auto digest = Base64UrlDecode(challenge);
  if (!digest.has_value() || digest->size() != Digest::kSize ||
      Base64UrlEncode(*digest) != challenge) {
    return OauthError(Oauth::kInvalidRequest, "code_challenge is no SHA-256 in base64url.");
  }
  flow.asked.set_code_challenge(std::string(challenge));
  return absl::OkStatus();
}

}  // namespace muniment::command
