#include "command/client_secret.h"

#include "base/code.h"
#include "base/crypto.h"
#include "command/session/standing.h"

namespace muniment::command {

absl::StatusOr<ClientSecret> NewClientSecret(Unit& unit) {
  RETURN_IF_ERROR(ShowsNoOldSession(unit));
  // Not as the instance may set it: a plain hash is enough only for one that is long.
  ClientSecret made;
  made.secret = unit.NewCode(DefaultGenerator(CodeKind::kClientSecret));
  made.hash = Sha256(made.secret).str();
  return made;
}

}  // namespace muniment::command
