// Who may answer for people who sign in: a login.
#ifndef MUNIMENT_COMMAND_OIDC_LOGIN_CLIENT_H_
#define MUNIMENT_COMMAND_OIDC_LOGIN_CLIENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"

namespace muniment::command {

// OK for the login client that was named, and for whoever holds session.link on the instance. Else
// NOT_FOUND "<noun>.not_found", as where nothing exists.
absl::Status MayAnswerAs(Unit& unit, const std::string& login_client_id, bool exists,
                         absl::string_view noun);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_LOGIN_CLIENT_H_
