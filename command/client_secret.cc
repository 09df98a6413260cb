#include "command/client_secret.h"

#include "base/crypto.h"
#include "command/policy/secret_generators.h"
#include "command/session/standing.h"

namespace muniment::command {

absl::StatusOr<ClientSecret> NewClientSecret(Unit& unit) {
  RETURN_IF_ERROR(ShowsNoOldSession(unit));
  ASSIGN_OR_RETURN(const CodeGenerator generator,
                   LoadGenerator(unit, event::v1::GENERATOR_TYPE_APP_SECRET));
  // So many bits that a plain hash is enough.
  ClientSecret made;
  made.secret = unit.NewCode(generator);
  made.hash = Sha256(made.secret).str();
  return made;
}

}  // namespace muniment::command
