// What a request says of the lifetimes of tokens, held against what they may be.
#ifndef MUNIMENT_COMMAND_POLICY_OIDC_SETTINGS_H_
#define MUNIMENT_COMMAND_POLICY_OIDC_SETTINGS_H_

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "muniment/event/v1/policy.pb.h"

namespace muniment::command {

// INVALID_ARGUMENT "oidc_settings.lifetime_invalid" unless this is a duration of a second to 90 days.
absl::Status CheckLifetime(const google::protobuf::Duration& lifetime);

// Of the two requests that set them, which say the same. The errors of CheckLifetime.
template <class Request>
absl::StatusOr<event::v1::OidcSettings> WantedOidcSettings(const Request& request) {
  RETURN_IF_ERROR(CheckLifetime(request.access_token_lifetime()));
  RETURN_IF_ERROR(CheckLifetime(request.id_token_lifetime()));
  RETURN_IF_ERROR(CheckLifetime(request.refresh_token_idle_expiration()));
  RETURN_IF_ERROR(CheckLifetime(request.refresh_token_expiration()));
  event::v1::OidcSettings wanted;
  *wanted.mutable_access_token_lifetime() = request.access_token_lifetime();
  *wanted.mutable_id_token_lifetime() = request.id_token_lifetime();
  *wanted.mutable_refresh_token_idle_expiration() = request.refresh_token_idle_expiration();
  *wanted.mutable_refresh_token_expiration() = request.refresh_token_expiration();
  return wanted;
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_OIDC_SETTINGS_H_
