// A device that somebody is asked to let in, as decisions see it (RFC 8628).
#ifndef MUNIMENT_COMMAND_OIDC_DEVICE_AUTH_H_
#define MUNIMENT_COMMAND_OIDC_DEVICE_AUTH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "command/handler.h"
#include "muniment/event/v1/oidc.visit.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

inline constexpr absl::Duration kDeviceTime = absl::Minutes(5);

enum class DeviceState { kNone, kAsked, kApproved, kCanceled, kDone };

struct DeviceAuth {
  using Event = event::v1::DeviceAuthEvent;
  static constexpr absl::string_view kNoun = "device_authorization";

  DeviceState state = DeviceState::kNone;
  event::v1::DeviceAuthAdded asked;
  event::v1::DeviceAuthApproved approved;
  std::string oidc_session_id;  // of what it was redeemed for

  bool exists() const { return state != DeviceState::kNone; }
  size_t bytes() const { return asked.SpaceUsedLong(); }
};

inline absl::string_view OwnerOf(const DeviceAuth& device) {
  return device.asked.organization_id();
}

void Fold(DeviceAuth& device, const event::v1::DeviceAuthAdded& event);
void Fold(DeviceAuth& device, const event::v1::DeviceAuthApproved& event);
void Fold(DeviceAuth& device, const event::v1::DeviceAuthCanceled& event);
void Fold(DeviceAuth& device, const event::v1::DeviceAuthDone& event);

// The device authorization endpoint (section 3.1), as a command. As token.h.
absl::StatusOr<oidc::v1::DeviceAsked> AskForDevice(Unit& unit, const oidc::v1::Request& request);
const Handler& AskForDeviceHandler();
std::vector<std::string> DeviceChecks();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_DEVICE_AUTH_H_
