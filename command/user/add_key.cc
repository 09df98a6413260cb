#include <string>
#include <utility>

#include "base/key_pair.h"
#include "command/key_file.h"
#include "command/unit.h"
#include "command/user/machine_credentials.h"
#include "command/user/machine_rules.h"
#include "command/user/tokens.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::AddKeyRequest;
using zitadel::user::v2::AddKeyResponse;

absl::StatusOr<AddKeyResponse> AddKey(Unit& unit, const AddKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const absl::Time expiration, ExpirationOf(request.expiration_date()));
  RETURN_IF_ERROR(MayHaveCredential(unit, user, "key", expiration));
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user.id()));

  AddKeyResponse response;
  response.set_key_id(unit.NewId());
  event::v1::MachineKeyAdded added;
  added.set_key_id(response.key_id());
  *added.mutable_expiration() = request.expiration_date();
  added.set_organization_id(user->organization_id);
  if (request.public_key().empty()) {
    ASSIGN_OR_RETURN(KeyPair pair, unit.NewKeyPair());
    added.set_public_key(std::move(pair.public_pem));
    response.set_key_content(KeyFile({{"type", "serviceaccount"},
                                      {"keyId", response.key_id()},
                                      {"key", pair.private_pem.reveal()},
                                      {"userId", user.id()}}));
  } else {
    ASSIGN_OR_RETURN(*added.mutable_public_key(), CheckPublicKey(request.public_key()));
  }
  unit.Raise(credentials, std::move(added));
  return response;
}

}  // namespace muniment::command
