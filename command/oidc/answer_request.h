// How a request to sign somebody in is answered: with a session that proved enough, or with an error.
// Of logins, by whichever door they come (zitadel.oidc.v2, our own pages).
//
//   ASSIGN_OR_RETURN(const auto request, unit.LoadAny<AuthRequest>(id));
//   RETURN_IF_ERROR(MayBeAnswered(unit, request));
//   ASSIGN_OR_RETURN(const std::string url, AnswerBySession(unit, request, session_id, hash));
#ifndef MUNIMENT_COMMAND_OIDC_ANSWER_REQUEST_H_
#define MUNIMENT_COMMAND_OIDC_ANSWER_REQUEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/oidc/auth_request.h"
#include "command/unit.h"

namespace muniment::command {

// FAILED_PRECONDITION "auth_request.handled" for one that was answered, "auth_request.expired",
// "auth_request.withdrawn" where the application has the redirect URI or the response type no more.
absl::Status MayBeAnswered(Unit& unit, const Ref<AuthRequest>& request);

// Where the browser goes with the answer. The errors of ShownSignIn and LetIn (sign_in.h);
// FAILED_PRECONDITION "auth_request.proof_too_old" for what max_age or prompt=login asks,
// "auth_request.user_differs" for another user than the application knows,
// "auth_request.proof_too_weak" for an acr that it insists on.
absl::StatusOr<std::string> AnswerBySession(Unit& unit, const Ref<AuthRequest>& request,
                                            const std::string& session_id,
                                            const std::string& session_token_hash);

// Likewise, with an error of RFC 6749 section 4.1.2.1; `uri` may be empty.
std::string AnswerByError(Unit& unit, const Ref<AuthRequest>& request, absl::string_view error,
                          absl::string_view description, absl::string_view uri);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_ANSWER_REQUEST_H_
