#include "command/unit.h"
#include "command/user/machine_credentials.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::RemoveSecretRequest;
using zitadel::user::v2::RemoveSecretResponse;

absl::StatusOr<RemoveSecretResponse> RemoveSecret(Unit& unit, const RemoveSecretRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user.id()));
  if (credentials->secret_hash.empty()) {
    return Error(absl::StatusCode::kNotFound, "secret.not_found", "The machine has no secret.");
  }
  unit.Raise(credentials, event::v1::MachineSecretRemoved());
  return RemoveSecretResponse();
}

}  // namespace muniment::command
