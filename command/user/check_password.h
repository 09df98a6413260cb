// Checks a password within a command, so that a guess gains nothing: tries are counted over all
// ways to sign in, in the log, before anybody hears what came of them.
//
//   RETURN_IF_ERROR(CheckPassword(unit, user, request.current_password()));
//   ...                                      // it is his; the command goes on
//   return CheckPasswordOfNobody(unit, name, request.password());  // the name is unknown
//
// A wrong one is committed and then refused (Unit::Refuse), and with the last that the lockout
// policy allows the user is locked. The policy is asked before the hash and, since the count joins
// the read set, again at the commit: of guesses at once, on any nodes, no more are heard than the
// policy allows. From the fifth on an answer is held back, right or wrong, and only few tries at
// one user are under way at once (checks.h). Whoever cannot sign in by a password, as he is locked,
// inactive, a machine, without one, or nobody, costs one hash and one commit like everybody, and is
// counted: of nobody by the name that was typed (unknown_user.h). A right one ends the count, and
// where its hash was brought along from elsewhere, it is hashed anew.
//
// A wrong one takes the time of a hash of our own also against one from elsewhere that is cheaper
// (VerifyGuess). One that is dearer (bcrypt, scrypt, PBKDF2 of today's costs) takes longer, and
// tells that its name is somebody's who has not signed in since he was brought along; that is not
// hidden.
//
// Call it last among the checks of a request, and before anything else is raised: what it raises is
// only committed with a success or its own refusal, which commits all that was raised before as
// well. INVALID_ARGUMENT "user.password_wrong", with the fact "failed_attempts" where the policy
// shows it; FAILED_PRECONDITION "user.locked" where the policy shows that; RESOURCE_EXHAUSTED
// "user.too_many_tries" and INVALID_ARGUMENT "password.too_long", which cost neither hash nor count;
// those of Unit::Verify.
#ifndef MUNIMENT_COMMAND_USER_CHECK_PASSWORD_H_
#define MUNIMENT_COMMAND_USER_CHECK_PASSWORD_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

absl::Status CheckPassword(Unit& unit, const Ref<User>& user, absl::string_view password);

// Never OK; refused as somebody's wrong one is.
absl::Status CheckPasswordOfNobody(Unit& unit, absl::string_view name, absl::string_view password);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CHECK_PASSWORD_H_
