#include "command/user/add_secret.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::GenerateMachineSecretRequest;
using zitadel::management::v1::GenerateMachineSecretResponse;

absl::StatusOr<GenerateMachineSecretResponse> GenerateMachineSecret(
    Unit& unit, const GenerateMachineSecretRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  GenerateMachineSecretResponse response;
  response.set_client_id(user->username);
  ASSIGN_OR_RETURN(*response.mutable_client_secret(), NewMachineSecret(unit, user));
  return response;
}

}  // namespace muniment::command
