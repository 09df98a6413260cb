#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

// Tokens stand in no query, which servers log (OAuth 2.0 Multiple Response Type Encoding Practices
// section 2.1). Which mode it is was found before, as an error is told in it (redirect_uri_registered.cc).
absl::Status ResponseModeFits(AuthorizeFlow& flow) {
  const bool code = flow.asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE;
  if (code || flow.Param("response_mode") != "query") return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest, "Tokens are answered in no query.");
}

}  // namespace muniment::command
