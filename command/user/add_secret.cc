#include "command/user/add_secret.h"

#include <utility>

#include "command/client_secret.h"
#include "command/user/machine_credentials.h"
#include "command/user/machine_rules.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::AddSecretRequest;
using zitadel::user::v2::AddSecretResponse;

absl::StatusOr<std::string> NewMachineSecret(Unit& unit, const Ref<User>& user) {
  RETURN_IF_ERROR(MayHaveCredential(unit, user, "secret", absl::InfiniteFuture()));
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user.id()));
  ASSIGN_OR_RETURN(ClientSecret made, NewClientSecret(unit));
  event::v1::MachineSecretSet set;
  set.set_secret_hash(std::move(made.hash));
  unit.Raise(credentials, std::move(set));
  return std::move(made.secret);
}

absl::StatusOr<AddSecretResponse> AddSecret(Unit& unit, const AddSecretRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  AddSecretResponse response;
  ASSIGN_OR_RETURN(*response.mutable_client_secret(), NewMachineSecret(unit, user));
  return response;
}

}  // namespace muniment::command
