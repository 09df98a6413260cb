// The end of a session by whom an application sends (OpenID Connect RP-Initiated Logout 1.0), as a
// command. As token.h.
#ifndef MUNIMENT_COMMAND_OIDC_END_SESSION_H_
#define MUNIMENT_COMMAND_OIDC_END_SESSION_H_

#include "absl/status/statusor.h"
#include "command/handler.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// Ends the session that the request's ID token names; where it names none nothing ends, and the login
// asks who sits there. The answer is where the browser goes then, which the application registered; empty
// where it says none. Errors are for the person: a redirect that nobody registered is not followed.
absl::StatusOr<oidc::v1::Done> EndSession(Unit& unit, const oidc::v1::Request& request);

const Handler& EndSessionHandler();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_END_SESSION_H_
