#include "command/application/settle.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

using zitadel::application::v2::DeleteApplicationRequest;
using zitadel::application::v2::DeleteApplicationResponse;

absl::StatusOr<DeleteApplicationResponse> DeleteApplication(Unit& unit,
                                                            const DeleteApplicationRequest&) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadTarget<Application>());
  RemoveApplication(unit, application);
  return DeleteApplicationResponse();
}

}  // namespace muniment::command
