#include <utility>

#include "command/application/application.h"
#include "command/application/keys.h"
#include "command/unit.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

using zitadel::application::v2::DeleteApplicationKeyRequest;
using zitadel::application::v2::DeleteApplicationKeyResponse;

absl::StatusOr<DeleteApplicationKeyResponse> DeleteApplicationKey(
    Unit& unit, const DeleteApplicationKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadTarget<Application>());
  ASSIGN_OR_RETURN(const auto keys, unit.LoadAny<ApplicationKeys>(application.id()));
  if (!keys->keys.contains(request.key_id())) {
    return Error(absl::StatusCode::kNotFound, "application_key.not_found",
                 "There is no such application_key.");
  }
  event::v1::ApplicationKeyRemoved removed;
  removed.set_key_id(request.key_id());
  unit.Raise(keys, std::move(removed));
  return DeleteApplicationKeyResponse();
}

}  // namespace muniment::command
