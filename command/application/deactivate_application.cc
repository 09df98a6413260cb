#include "command/application/state.h"
#include "command/change_state.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

using zitadel::application::v2::DeactivateApplicationRequest;
using zitadel::application::v2::DeactivateApplicationResponse;

absl::StatusOr<DeactivateApplicationResponse> DeactivateApplication(
    Unit& unit, const DeactivateApplicationRequest&) {
  return ChangeState<Application, event::v1::ApplicationDeactivated,
                     DeactivateApplicationResponse>(unit);
}

}  // namespace muniment::command
