// The authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core section 3.1.2), as a command:
// who wants whom to sign in, and which login is to see to it. As token.h.
#ifndef MUNIMENT_COMMAND_OIDC_AUTHORIZE_H_
#define MUNIMENT_COMMAND_OIDC_AUTHORIZE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/handler.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// As the system. Facts of an error that the application is to be told are kErrorRedirect, the redirect
// URI that it has registered, and kErrorMode; all others are for the person who sits there.
absl::StatusOr<oidc::v1::Authorized> Authorize(Unit& unit, const oidc::v1::Request& request);

const Handler& AuthorizeHandler();

// Where our own login stands, below the issuer.
inline constexpr absl::string_view kOwnLoginPath = "/ui/v2/login";

inline constexpr absl::string_view kErrorRedirect = "redirect_uri";
inline constexpr absl::string_view kErrorMode = "response_mode";  // of OidcResponseMode, its number

// Every line of the table.
std::vector<std::string> AuthorizeChecks();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_AUTHORIZE_H_
