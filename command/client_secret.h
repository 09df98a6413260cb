// Client secrets (RFC 6749, 2.3.1), as applications and machines have them.
#ifndef MUNIMENT_COMMAND_CLIENT_SECRET_H_
#define MUNIMENT_COMMAND_CLIENT_SECRET_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/unit.h"

namespace muniment::command {

struct ClientSecret {
  std::string secret;
  std::string hash;  // as it stands in the log
};
// As the instance has them made (command/policy/secret_generators.h). The errors of ShowsNoOldSession
// (command/session/standing.h).
absl::StatusOr<ClientSecret> NewClientSecret(Unit& unit);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CLIENT_SECRET_H_
