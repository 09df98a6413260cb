#include "absl/strings/match.h"
#include "base/oauth_error.h"
#include "base/oidc_application.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

absl::Status RedirectUriRegistered(AuthorizeFlow& flow) {
  const absl::string_view uri = flow.Param("redirect_uri");
  if (uri.empty()) return OauthError(Oauth::kInvalidRequest, "redirect_uri is missing.");
  const event::v1::OidcConfig& config = *(*flow.client)->oidc;
  if (!MayRedirectTo(config, uri)) {
    return OauthError(Oauth::kInvalidRequest,
                      "redirect_uri is not one that the application has registered.");
  }
  const bool complies = IsSecureRedirect(uri) && !RedirectUriProblem(config, uri).has_value();
  if (!config.development_mode() && !complies) {
    return OauthError(Oauth::kInvalidRequest,
                      "redirect_uri is served in development mode alone.");
  }
  flow.asked.set_redirect_uri(std::string(uri));
  // What fails from here on is told there, in the way that was asked for.
  const absl::string_view mode = flow.Param("response_mode");
  const bool tokens = absl::StrContains(flow.Param("response_type"), "token");
  flow.asked.set_response_mode(mode == "form_post" ? event::v1::OIDC_RESPONSE_MODE_FORM_POST
                               : tokens || mode == "fragment"
                                   ? event::v1::OIDC_RESPONSE_MODE_FRAGMENT
                                   : event::v1::OIDC_RESPONSE_MODE_QUERY);
  return absl::OkStatus();
}

}  // namespace muniment::command
