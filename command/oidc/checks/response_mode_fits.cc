#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

// Tokens stand in no query, which servers log (OAuth 2.0 Multiple Response Type Encoding Practices
// section 2.1). Which mode it is was found before, as an error is told in it (redirect_uri_registered.cc).
absl::Status ResponseModeFits(AuthorizeFlow& flow) {
  const bool code = flow.asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE;
  const absl::string_view asked = flow.Param("response_mode");
  if (asked.empty() || asked == "fragment" || asked == "form_post" || (asked == "query" && code)) {
    return absl::OkStatus();
  }
  return OauthError(Oauth::kInvalidRequest,
                    "There is no such response_mode, or not for this response_type.");
}

}  // namespace muniment::command
