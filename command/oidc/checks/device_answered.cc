#include "base/error.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/revoke.h"

namespace muniment::command {

// Whoever was asked let the device in, and it did not come before. Shown again after that, somebody has
// the code who should not: what it was redeemed for ends.
absl::Status DeviceAnswered(TokenFlow& flow) {
  const DeviceAuth& device = **flow.device;
  if (device.state == DeviceState::kDone) {
    return RefuseReuse(flow.unit, device.oidc_session_id,
                       OauthError(Oauth::kInvalidGrant, "The device_code was redeemed already."));
  }
  if (device.state == DeviceState::kCanceled) {
    return OauthError(Oauth::kAccessDenied, "The device was not let in.");
  }
  if (ToTime(device.asked.expiration()) <= flow.unit.Now()) {
    return OauthError(Oauth::kExpiredToken, "The device_code is over.");
  }
  if (device.state == DeviceState::kApproved) return absl::OkStatus();
  return OauthError(Oauth::kAuthorizationPending, "Nobody has answered yet.");
}

}  // namespace muniment::command
