#include <utility>

#include "command/policy/settings.h"
#include "command/unit.h"
#include "muniment/api/settings/v1/settings_service.pb.h"

namespace muniment::command {

using muniment::api::settings::v1::SetSessionSettingsRequest;
using muniment::api::settings::v1::SetSessionSettingsResponse;

absl::StatusOr<SetSessionSettingsResponse> SetSessionSettings(
    Unit& unit, const SetSessionSettingsRequest& request) {
  ASSIGN_OR_RETURN(const auto setting, unit.Policy<SessionPolicy>(""));
  unit.AnswerWith(setting);
  if (setting->policy.end_with_credentials() == request.end_with_credentials()) {
    return SetSessionSettingsResponse();
  }
  event::v1::SessionPolicyChanged changed;
  changed.mutable_policy()->set_end_with_credentials(request.end_with_credentials());
  unit.Raise(setting, std::move(changed));
  return SetSessionSettingsResponse();
}

}  // namespace muniment::command
