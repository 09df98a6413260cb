// Whether an application serves.
#ifndef MUNIMENT_COMMAND_OIDC_CLIENT_ACTIVE_H_
#define MUNIMENT_COMMAND_OIDC_CLIENT_ACTIVE_H_

#include "absl/status/statusor.h"
#include "command/application/application.h"
#include "command/unit.h"

namespace muniment::command {

// It, its project and the organization that owns them are active.
absl::StatusOr<bool> IsActive(Unit& unit, const Application& application);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_CLIENT_ACTIVE_H_
