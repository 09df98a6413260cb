// Nobody grants what he lacks: who sets another's credentials could act as him, and who makes
// himself one could act longer than he was let.
#ifndef MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_
#define MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// OK for a machine itself, and for a person himself; and for a caller who holds, wherever `user` is a
// manager, every permission that `user` holds there; an owner of the instance or of that organization
// holds all of its permissions. Else PERMISSION_DENIED "user.holds_more". A person himself, and
// whoever shows a session, has proved a factor in it lately, else PERMISSION_DENIED
// "auth.proof_too_old". The streams that say so join the read set. Asked of every method whose rule
// has SELF_ALLOW_FRESH.
absl::Status MayActAs(Unit& unit, const Ref<User>& user);

// Whether a credential of `user` that the caller makes may count until `end`: of any caller who
// holds user.write on the user; else, that is of the user himself, no longer than the token or the
// session that he shows. PERMISSION_DENIED "token.outlives_proof".
absl::Status MayLastUntil(Unit& unit, const Ref<User>& user, absl::Time end);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_
