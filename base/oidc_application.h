// What an application that signs people in by OpenID Connect may be configured as, of its
// configuration alone: what is refused, what is taken and told as a problem, and where its scripts
// call from.
//
//   RETURN_IF_ERROR(CheckOidcConfig(config));
//   for (const OidcProblem& problem : OidcProblems(config)) ...
//
// Refused is what can serve nobody or could serve an attacker: a redirect URI that is no absolute
// URI (RFC 3986 section 4.3), has a fragment (RFC 6749 section 3.1.2), user information or control
// characters, or is of a scheme that runs or opens something in a browser. A problem is what OpenID
// Connect Registration (section 2, redirect_uris and application_type) and RFC 8252 ask otherwise;
// it is served in development mode alone.
//
// Pure, thread-safe; the texts may be hostile.
#ifndef MUNIMENT_BASE_OIDC_APPLICATION_H_
#define MUNIMENT_BASE_OIDC_APPLICATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/application.pb.h"

namespace muniment {

// Of all texts of a configuration together: each node reads them whenever the application asks.
inline constexpr size_t kMaxOidcTexts = 64 * 1024;

// An http or https URL without a fragment, user information or control characters.
bool IsWebUrl(absl::string_view text);
// Of such a one, the origin as browsers write it (RFC 6454 section 6.2); nothing for another.
std::optional<std::string> OriginOf(absl::string_view url);
// Below which pages of a login can stand: such a one without a query.
bool IsLoginBase(absl::string_view text);

// INVALID_ARGUMENT "application.redirect_uri_invalid", "application.redirect_uri_wildcard" for a *
// outside of development mode, "application.origin_invalid",
// "application.back_channel_logout_uri_invalid", "application.login_base_uri_invalid",
// "application.clock_skew" beyond 0 to 5 s, "application.grant_type_missing" for a response type
// without its grant type, "application.too_large" beyond kMaxOidcTexts. Fact "field" names the
// published field with the place in its list: "redirect_uris[2]".
absl::Status CheckOidcConfig(const event::v1::OidcConfig& config);

// Both live as long as the process.
struct OidcProblem {
  absl::string_view key;      // as it is published
  absl::string_view message;  // for people

  bool operator==(const OidcProblem& other) const { return key == other.key; }
};

// Each once; none: it complies.
std::vector<OidcProblem> OidcProblems(const event::v1::OidcConfig& config);
// Of one redirect URI of a configuration that CheckOidcConfig passed.
std::optional<OidcProblem> RedirectUriProblem(const event::v1::OidcConfig& config,
                                              absl::string_view uri);

// Whether what goes there is seen by nobody on the way: not by http, but for the loopback interface (RFC
// 9700 section 2.6).
bool IsSecureRedirect(absl::string_view uri);

// Whether a sign-in may be answered at `uri`: it is registered as it stands (RFC 9700 section 2.1), or is
// a native application's on the loopback interface, at any port (RFC 8252 section 7.3), or, in
// development mode, what a registered one with a * stands for.
bool MayRedirectTo(const event::v1::OidcConfig& config, absl::string_view uri);
// Likewise where a sign-out may end (OpenID Connect RP-Initiated Logout 1.0 section 3).
bool MayReturnTo(const event::v1::OidcConfig& config, absl::string_view uri);

// As browsers write them (RFC 6454 section 6.2), each once: those of its http and https redirect
// URIs without a *, and what is configured beside them.
std::vector<std::string> AllowedOrigins(const event::v1::OidcConfig& config);

// Whether it proves itself by a secret, or by keys.
inline bool NeedsSecret(event::v1::OidcAuthMethod method) {
  return method == event::v1::OIDC_AUTH_METHOD_BASIC || method == event::v1::OIDC_AUTH_METHOD_POST;
}
inline bool NeedsSecret(event::v1::ApiAuthMethod method) {
  return method == event::v1::API_AUTH_METHOD_BASIC;
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_OIDC_APPLICATION_H_
