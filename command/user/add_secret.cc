#include <utility>

#include "command/client_secret.h"
#include "command/user/machine_credentials.h"
#include "command/user/machine_rules.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::AddSecretRequest;
using zitadel::user::v2::AddSecretResponse;

absl::StatusOr<AddSecretResponse> AddSecret(Unit& unit, const AddSecretRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MayHaveCredential(unit, user, "secret", absl::InfiniteFuture()));
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user.id()));
  AddSecretResponse response;
  ASSIGN_OR_RETURN(ClientSecret made, NewClientSecret(unit));
  response.set_client_secret(std::move(made.secret));
  event::v1::MachineSecretSet set;
  set.set_secret_hash(std::move(made.hash));
  unit.Raise(credentials, std::move(set));
  return response;
}

}  // namespace muniment::command
