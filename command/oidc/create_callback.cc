#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "command/oidc/answer_request.h"
#include "command/oidc/login_client.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::command {

namespace wire = zitadel::oidc::v2;

using wire::CreateCallbackRequest;
using wire::CreateCallbackResponse;

namespace {

struct Reason {
  wire::ErrorReason reason;
  Oauth error;
};
constexpr Reason kReasons[] = {
    {wire::ERROR_REASON_INVALID_REQUEST, Oauth::kInvalidRequest},
    {wire::ERROR_REASON_UNAUTHORIZED_CLIENT, Oauth::kUnauthorizedClient},
    {wire::ERROR_REASON_ACCESS_DENIED, Oauth::kAccessDenied},
    {wire::ERROR_REASON_UNSUPPORTED_RESPONSE_TYPE, Oauth::kUnsupportedResponseType},
    {wire::ERROR_REASON_INVALID_SCOPE, Oauth::kInvalidScope},
    {wire::ERROR_REASON_SERVER_ERROR, Oauth::kServerError},
    {wire::ERROR_REASON_TEMPORARY_UNAVAILABLE, Oauth::kTemporarilyUnavailable},
    {wire::ERROR_REASON_INTERACTION_REQUIRED, Oauth::kInteractionRequired},
    {wire::ERROR_REASON_LOGIN_REQUIRED, Oauth::kLoginRequired},
    {wire::ERROR_REASON_ACCOUNT_SELECTION_REQUIRED, Oauth::kAccountSelectionRequired},
    {wire::ERROR_REASON_CONSENT_REQUIRED, Oauth::kConsentRequired},
    {wire::ERROR_REASON_INVALID_REQUEST_URI, Oauth::kInvalidRequestUri},
    {wire::ERROR_REASON_INVALID_REQUEST_OBJECT, Oauth::kInvalidRequestObject},
    {wire::ERROR_REASON_REQUEST_NOT_SUPPORTED, Oauth::kRequestNotSupported},
    {wire::ERROR_REASON_REQUEST_URI_NOT_SUPPORTED, Oauth::kRequestUriNotSupported},
    {wire::ERROR_REASON_REGISTRATION_NOT_SUPPORTED, Oauth::kRegistrationNotSupported},
};

absl::string_view NameOf(wire::ErrorReason reason) {
  for (const Reason& row : kReasons) {
    if (row.reason == reason) return RowOf(row.error).name;
  }
  return RowOf(Oauth::kServerError).name;
}

// RFC 6749 section 4.1.2.1.
absl::Status CheckError(const wire::AuthorizationError& error) {
  constexpr size_t kMost = 500;
  const bool plain = std::all_of(
      error.error_description().begin(), error.error_description().end(),
      [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; });
  const bool uri = error.error_uri().empty() || LooksLikeUriReference(error.error_uri());
  if (plain && uri && error.error_description().size() <= kMost &&
      error.error_uri().size() <= kMost) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "request.error.invalid",
               "An error's description is up to 500 printable ASCII characters without quotes or "
               "backslashes, and its URI one of up to 500.");
}

}  // namespace

absl::StatusOr<CreateCallbackResponse> CreateCallback(Unit& unit,
                                                      const CreateCallbackRequest& request) {
  const std::string id(RequestOfLogin(request.auth_request_id()));
  ASSIGN_OR_RETURN(const auto asked, unit.LoadAny<AuthRequest>(id));
  RETURN_IF_ERROR(MayAnswerAs(unit, asked->asked.login_client_id(), asked.exists(),
                              AuthRequest::kNoun));
  RETURN_IF_ERROR(MayBeAnswered(unit, asked));
  CreateCallbackResponse response;
  if (request.has_session()) {
    ASSIGN_OR_RETURN(*response.mutable_callback_url(),
                     AnswerBySession(unit, asked, request.session().session_id(),
                                     LocatedHash(request.session().session_token())));
    return response;
  }
  if (request.has_error()) {
    RETURN_IF_ERROR(CheckError(request.error()));
    response.set_callback_url(AnswerByError(unit, asked, NameOf(request.error().error()),
                                            request.error().error_description(),
                                            request.error().error_uri()));
    return response;
  }
  return Error(absl::StatusCode::kInvalidArgument, "request.callback_kind.required",
               "The request must hold a session or an error.");
}

}  // namespace muniment::command
