#include "command/oidc/device_auth.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/flow.h"
#include "command/oidc/token.h"

namespace muniment::command {

void Fold(DeviceAuth& device, const event::v1::DeviceAuthAdded& event) {
  device.state = DeviceState::kAsked;
  device.asked = event;
}
void Fold(DeviceAuth& device, const event::v1::DeviceAuthApproved& event) {
  device.state = DeviceState::kApproved;
  device.approved = event;
}
void Fold(DeviceAuth& device, const event::v1::DeviceAuthCanceled&) {
  device.state = DeviceState::kCanceled;
}
void Fold(DeviceAuth& device, const event::v1::DeviceAuthDone& event) {
  device.state = DeviceState::kDone;
  device.oidc_session_id = event.oidc_session_id();
}

namespace {

constexpr Step<TokenFlow> kSteps[] = {
    {"client_known", "RFC 8628 section 3.1", &ClientKnown},
    {"client_proved", "RFC 8628 section 3.1", &ClientProved},
    {"client_active", "RFC 6749 section 5.2", &ClientActive},
    {"client_may_use_devices", "RFC 6749 section 5.2", &ClientMayUseDevices},
    {"assertion_once", "RFC 7523 section 3", &AssertionOnce},
    {"device_scope", "RFC 8628 section 3.1", &DeviceScope},
};

absl::StatusOr<std::string> NewUserCode(Unit& unit) {
  // Of 32 bytes two fall outside; that 25 do happens to nobody.
  for (int tries = 0; tries < 8; ++tries) {
    if (auto code = UserCodeOf(unit.NewSecret(32))) return *std::move(code);
  }
  return OauthError(Oauth::kTemporarilyUnavailable, "There is no code now.");
}

}  // namespace

absl::StatusOr<oidc::v1::DeviceAsked> AskForDevice(Unit& unit, const oidc::v1::Request& request) {
  TokenFlow flow(unit, request);
  absl::Status status = RunSteps<TokenFlow>(kSteps, flow);
  if (!status.ok()) return InDevelopment(flow.client, std::move(status));
  ASSIGN_OR_RETURN(const std::string user_code, NewUserCode(unit));
  const std::string id = unit.NewId();
  oidc::v1::DeviceAsked asked;
  asked.set_device_code(LocatedSecret(kDeviceCode, id, unit.NewSecret(kLocatedBytes)));
  asked.set_user_code(user_code);
  *asked.mutable_expiration() = ToTimestamp(unit.Now() + kDeviceTime);
  event::v1::DeviceAuthAdded added;
  added.set_client_id(flow.grant.client_id());
  added.set_application_id(flow.grant.application_id());
  added.set_project_id(flow.grant.project_id());
  added.set_organization_id((*flow.client)->organization_id);
  *added.mutable_scope() = flow.grant.scope();
  added.set_device_code_hash(LocatedHash(asked.device_code()));
  added.set_user_code_hash(unit.KeyedHash(kUserCodePurpose, NormalUserCode(user_code)));
  *added.mutable_expiration() = asked.expiration();
  added.set_issuer(request.issuer());
  ASSIGN_OR_RETURN(const auto device, unit.LoadOrNew<DeviceAuth>(id));
  unit.Raise(device, std::move(added));
  return asked;
}

const Handler& AskForDeviceHandler() {
  static const Handler handler = MakeHandler("muniment.oidc.Device", &AskForDevice);
  return handler;
}

std::vector<std::string> DeviceChecks() {
  return LinesOf<TokenFlow>(kSteps);
}

}  // namespace muniment::command
