#include "base/crypto.h"
#include "base/error.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status DeviceFound(TokenFlow& flow) {
  const absl::Status unknown = OauthError(Oauth::kInvalidGrant, "There is no such device_code.");
  const absl::string_view code = flow.Param("device_code");
  if (code.empty()) return OauthError(Oauth::kInvalidRequest, "The device_code is missing.");
  const auto id = IdOfLocated(kDeviceCode, code);
  if (!id.has_value()) return unknown;
  ASSIGN_OR_RETURN(flow.device, flow.unit.LoadAny<DeviceAuth>(*id));
  const DeviceAuth& device = **flow.device;
  if (!ConstantTimeEqual(LocatedHash(code), device.asked.device_code_hash())) return unknown;
  flow.grant.set_grant(event::v1::OIDC_GRANT_DEVICE_CODE);
  *flow.grant.mutable_scope() = device.asked.scope();
  flow.grant.set_issuer(device.asked.issuer());
  flow.grant.set_session_id(device.approved.session_id());
  *flow.grant.mutable_auth_time() = device.approved.auth_time();
  *flow.grant.mutable_amr() = device.approved.amr();
  flow.signed_in_user_id = device.approved.user_id();
  flow.scope.assign(flow.grant.scope().begin(), flow.grant.scope().end());
  return absl::OkStatus();
}

}  // namespace muniment::command
