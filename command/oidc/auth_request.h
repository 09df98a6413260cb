// A request to sign somebody in, as decisions see it (OpenID Connect Core section 3.1.2).
#ifndef MUNIMENT_COMMAND_OIDC_AUTH_REQUEST_H_
#define MUNIMENT_COMMAND_OIDC_AUTH_REQUEST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "muniment/event/v1/oidc.visit.h"

namespace muniment::command {

// RFC 6749 section 4.1.2 allows ten minutes.
inline constexpr absl::Duration kCodeTime = absl::Minutes(5);

enum class AuthRequestState { kNone, kAsked, kAnswered, kExchanged, kFailed };

struct AuthRequest {
  using Event = event::v1::AuthRequestEvent;
  static constexpr absl::string_view kNoun = "auth_request";

  AuthRequestState state = AuthRequestState::kNone;
  event::v1::AuthRequestAdded asked;
  // Whose sign-in answers it.
  event::v1::AuthRequestSessionLinked linked;
  std::string code_hash;
  absl::Time code_expiration = absl::InfinitePast();
  std::string oidc_session_id;  // of what it was redeemed for
  event::v1::AuthRequestFailed failed;

  bool exists() const { return state != AuthRequestState::kNone; }
  bool open(absl::Time now) const;
  size_t bytes() const { return asked.SpaceUsedLong() + 256; }
};

inline absl::string_view OwnerOf(const AuthRequest& request) {
  return request.asked.organization_id();
}

void Fold(AuthRequest& request, const event::v1::AuthRequestAdded& event);
void Fold(AuthRequest& request, const event::v1::AuthRequestSessionLinked& event);
void Fold(AuthRequest& request, const event::v1::AuthRequestCodeAdded& event);
void Fold(AuthRequest& request, const event::v1::AuthRequestCodeExchanged& event);
void Fold(AuthRequest& request, const event::v1::AuthRequestFailed& event);
void Fold(AuthRequest& request, const event::v1::AuthRequestSucceeded& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_AUTH_REQUEST_H_
