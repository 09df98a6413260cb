#include "base/oauth_error.h"

#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment {
namespace {

using enum absl::StatusCode;

// In the order of the enumeration.
constexpr OauthErrorRow kRows[] = {
    {Oauth::kInvalidRequest, "invalid_request", 400, kInvalidArgument, "RFC 6749 section 5.2"},
    {Oauth::kInvalidClient, "invalid_client", 401, kUnauthenticated, "RFC 6749 section 5.2"},
    {Oauth::kInvalidGrant, "invalid_grant", 400, kInvalidArgument, "RFC 6749 section 5.2"},
    {Oauth::kUnauthorizedClient, "unauthorized_client", 400, kPermissionDenied,
     "RFC 6749 section 5.2"},
    {Oauth::kUnsupportedGrantType, "unsupported_grant_type", 400, kUnimplemented,
     "RFC 6749 section 5.2"},
    {Oauth::kInvalidScope, "invalid_scope", 400, kInvalidArgument, "RFC 6749 section 5.2"},
    {Oauth::kAccessDenied, "access_denied", 400, kPermissionDenied, "RFC 6749 section 4.1.2.1"},
    {Oauth::kUnsupportedResponseType, "unsupported_response_type", 400, kUnimplemented,
     "RFC 6749 section 4.1.2.1"},
    {Oauth::kServerError, "server_error", 500, kInternal, "RFC 6749 section 4.1.2.1"},
    {Oauth::kTemporarilyUnavailable, "temporarily_unavailable", 503, kUnavailable,
     "RFC 6749 section 4.1.2.1"},
    {Oauth::kInteractionRequired, "interaction_required", 400, kFailedPrecondition,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kLoginRequired, "login_required", 400, kUnauthenticated,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kAccountSelectionRequired, "account_selection_required", 400, kFailedPrecondition,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kConsentRequired, "consent_required", 400, kFailedPrecondition,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kInvalidRequestUri, "invalid_request_uri", 400, kInvalidArgument,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kInvalidRequestObject, "invalid_request_object", 400, kInvalidArgument,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kRequestNotSupported, "request_not_supported", 400, kUnimplemented,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kRequestUriNotSupported, "request_uri_not_supported", 400, kUnimplemented,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kRegistrationNotSupported, "registration_not_supported", 400, kUnimplemented,
     "OpenID Connect Core section 3.1.2.6"},
    {Oauth::kUnmetAuthenticationRequirements, "unmet_authentication_requirements", 400,
     kFailedPrecondition, "OpenID Connect Core Unmet Authentication Requirements section 2"},
    {Oauth::kAuthorizationPending, "authorization_pending", 400, kFailedPrecondition,
     "RFC 8628 section 3.5"},
    {Oauth::kSlowDown, "slow_down", 400, kResourceExhausted, "RFC 8628 section 3.5"},
    {Oauth::kExpiredToken, "expired_token", 400, kFailedPrecondition, "RFC 8628 section 3.5"},
    {Oauth::kInvalidToken, "invalid_token", 401, kUnauthenticated, "RFC 6750 section 3.1"},
    {Oauth::kInsufficientScope, "insufficient_scope", 403, kPermissionDenied,
     "RFC 6750 section 3.1"},
    {Oauth::kUnsupportedTokenType, "unsupported_token_type", 400, kUnimplemented,
     "RFC 7009 section 2.2.1"},
    {Oauth::kInvalidTarget, "invalid_target", 400, kInvalidArgument, "RFC 8693 section 2.2.2"},
};
static_assert(std::size(kRows) == static_cast<size_t>(Oauth::kInvalidTarget) + 1);

constexpr absl::string_view kPrefix = "oauth.";

}  // namespace

const OauthErrorRow& RowOf(Oauth error) { return kRows[static_cast<size_t>(error)]; }

absl::Status OauthError(Oauth error, absl::string_view description) {
  const OauthErrorRow& row = RowOf(error);
  return Error(row.code, absl::StrCat(kPrefix, row.name), description);
}

const OauthErrorRow& OauthErrorOf(const absl::Status& status) {
  const std::string reason = Reason(status);
  if (absl::StartsWith(reason, kPrefix)) {
    for (const OauthErrorRow& row : kRows) {
      if (absl::string_view(reason).substr(kPrefix.size()) == row.name) return row;
    }
  }
  const bool passes = absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
                      absl::IsAborted(status) || absl::IsDeadlineExceeded(status);
  return RowOf(passes ? Oauth::kTemporarilyUnavailable : Oauth::kServerError);
}

bool IsOauthError(const absl::Status& status, Oauth error) {
  return !status.ok() && Reason(status) == absl::StrCat(kPrefix, RowOf(error).name);
}

}  // namespace muniment
