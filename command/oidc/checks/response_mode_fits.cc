#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

// Tokens stand in no query, which servers log (OAuth 2.0 Multiple Response Type Encoding Practices
// section 2.1).
absl::Status ResponseModeFits(AuthorizeFlow& flow) {
  using event::v1::OIDC_RESPONSE_MODE_FORM_POST;
  using event::v1::OIDC_RESPONSE_MODE_FRAGMENT;
  using event::v1::OIDC_RESPONSE_MODE_QUERY;
  using event::v1::OidcResponseMode;
  const bool code = flow.asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE;
  const absl::string_view asked = flow.Param("response_mode");
  OidcResponseMode mode = code ? OIDC_RESPONSE_MODE_QUERY : OIDC_RESPONSE_MODE_FRAGMENT;
  if (asked == "fragment") {
    mode = OIDC_RESPONSE_MODE_FRAGMENT;
  } else if (asked == "form_post") {
    mode = OIDC_RESPONSE_MODE_FORM_POST;
  } else if (!asked.empty() && !(asked == "query" && code)) {
    flow.asked.set_response_mode(mode);
    return OauthError(Oauth::kInvalidRequest,
                      "There is no such response_mode, or not for this response_type.");
  }
  flow.asked.set_response_mode(mode);
  return absl::OkStatus();
}

}  // namespace muniment::command
