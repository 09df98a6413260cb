#include "command/oidc/auth_request.h"

#include "base/oidc_code.h"
#include "base/timestamp.h"

namespace muniment::command {

bool AuthRequest::open(absl::Time now) const {
  return state == AuthRequestState::kAsked && now < ToTime(asked.added_at()) + kAuthRequestTime;
}

void Fold(AuthRequest& request, const event::v1::AuthRequestAdded& event) {
  request.state = AuthRequestState::kAsked;
  request.asked = event;
}

void Fold(AuthRequest& request, const event::v1::AuthRequestSessionLinked& event) {
  request.linked = event;
}

void Fold(AuthRequest& request, const event::v1::AuthRequestCodeAdded& event) {
  request.state = AuthRequestState::kAnswered;
  request.code_hash = event.code_hash();
  request.code_expiration = ToTime(event.expiration());
}

void Fold(AuthRequest& request, const event::v1::AuthRequestCodeExchanged& event) {
  request.state = AuthRequestState::kExchanged;
  request.oidc_session_id = event.oidc_session_id();
}

void Fold(AuthRequest& request, const event::v1::AuthRequestFailed& event) {
  request.state = AuthRequestState::kFailed;
  request.failed = event;
}

void Fold(AuthRequest& request, const event::v1::AuthRequestSucceeded& event) {
  request.state = AuthRequestState::kExchanged;
  request.oidc_session_id = event.oidc_session_id();
}

}  // namespace muniment::command
