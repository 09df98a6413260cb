// The errors that OAuth 2.0 and OpenID Connect name, in one table: what a program is told, by which
// HTTP status, and where it stands.
//
//   return OauthError(Oauth::kInvalidGrant, "The code was redeemed already.");
//   ...
//   const OauthErrorRow& row = OauthErrorOf(status);    // server_error for what is none
//
// Thread-safe.
#ifndef MUNIMENT_BASE_OAUTH_ERROR_H_
#define MUNIMENT_BASE_OAUTH_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace muniment {

enum class Oauth {
  kInvalidRequest,
  kInvalidClient,
  kInvalidGrant,
  kUnauthorizedClient,
  kUnsupportedGrantType,
  kInvalidScope,
  kAccessDenied,
  kUnsupportedResponseType,
  kServerError,
  kTemporarilyUnavailable,
  kInteractionRequired,
  kLoginRequired,
  kAccountSelectionRequired,
  kConsentRequired,
  kInvalidRequestUri,
  kInvalidRequestObject,
  kRequestNotSupported,
  kRequestUriNotSupported,
  kRegistrationNotSupported,
  kUnmetAuthenticationRequirements,
  kAuthorizationPending,
  kSlowDown,
  kExpiredToken,
  kInvalidToken,
  kInsufficientScope,
  kUnsupportedTokenType,
  kInvalidTarget,
};

struct OauthErrorRow {
  Oauth error;
  absl::string_view name;  // "invalid_grant"
  int status;              // of an answer without a redirect
  absl::StatusCode code;
  absl::string_view source;
};

const OauthErrorRow& RowOf(Oauth error);

// Its reason is "oauth.<name>". `description` is for developers: ASCII without quotes or backslashes
// (RFC 6749 section 5.2).
absl::Status OauthError(Oauth error, absl::string_view description);

// Of a status that OauthError made, else what it amounts to: a refusal because something is away or
// busy is temporarily_unavailable, all else server_error.
const OauthErrorRow& OauthErrorOf(const absl::Status& status);
bool IsOauthError(const absl::Status& status, Oauth error);

// Which check failed, and what it keeps: facts of the status (SetErrorFact).
inline constexpr absl::string_view kFailedCheck = "check";
inline constexpr absl::string_view kCheckSource = "source";

}  // namespace muniment

#endif  // MUNIMENT_BASE_OAUTH_ERROR_H_
