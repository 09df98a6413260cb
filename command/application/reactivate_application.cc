#include "command/application/state.h"
#include "command/change_state.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

using zitadel::application::v2::ReactivateApplicationRequest;
using zitadel::application::v2::ReactivateApplicationResponse;

absl::StatusOr<ReactivateApplicationResponse> ReactivateApplication(
    Unit& unit, const ReactivateApplicationRequest&) {
  return ChangeState<Application, event::v1::ApplicationReactivated,
                     ReactivateApplicationResponse>(unit);
}

}  // namespace muniment::command
