// A sign-in that is shown for an application: that of a session whose token is held.
#ifndef MUNIMENT_COMMAND_OIDC_SIGN_IN_H_
#define MUNIMENT_COMMAND_OIDC_SIGN_IN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "command/application/application.h"
#include "command/oidc/scopes.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment::command {

struct SignIn {
  Ref<User> user;
  absl::Time auth_time;
  std::vector<event::v1::AuthenticationMethod> amr;
};

// NOT_FOUND "session.not_found" for a session that ended or whose token this is not; those of
// MayActBySession (command/session/standing.h), "user.locked", "user.not_active" and
// "auth.password_change_required".
absl::StatusOr<SignIn> ShownSignIn(Unit& unit, const std::string& session_id,
                                   const std::string& session_token_hash);

// Whether what was asked for may still be answered there: the application has the redirect URI and the
// response type as it had.
bool StillRegistered(const Application& application, const event::v1::AuthRequestAdded& asked);

// FAILED_PRECONDITION "auth_request.application_inactive"; PERMISSION_DENIED
// "auth_request.not_admitted" where the project, or a scope, keeps the user out.
absl::Status LetIn(Unit& unit, const std::string& application_stream_id, const Texts& scope,
                   const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_SIGN_IN_H_
