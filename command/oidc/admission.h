// Whom a project lets sign in.
#ifndef MUNIMENT_COMMAND_OIDC_ADMISSION_H_
#define MUNIMENT_COMMAND_OIDC_ADMISSION_H_

#include <string>

#include "absl/status/status.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// access_denied where the project asks for a role of it that counts (authorization_required) and the
// user has none, or for a grant of it to his organization (project_access_required) and there is none.
absl::Status Admits(Unit& unit, const std::string& project_id, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_ADMISSION_H_
