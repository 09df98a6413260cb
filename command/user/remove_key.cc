#include <utility>

#include "command/unit.h"
#include "command/user/machine_credentials.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveKeyRequest;
using zitadel::user::v2::RemoveKeyResponse;

absl::StatusOr<RemoveKeyResponse> RemoveKey(Unit& unit, const RemoveKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user.id()));
  if (!credentials->keys.contains(request.key_id())) {
    return Error(absl::StatusCode::kNotFound, "key.not_found", "There is no such key.");
  }
  event::v1::MachineKeyRemoved removed;
  removed.set_key_id(request.key_id());
  unit.Raise(credentials, std::move(removed));
  return RemoveKeyResponse();
}

}  // namespace muniment::command
