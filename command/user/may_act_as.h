// Nobody grants what he lacks: who sets another's credentials could act as him.
#ifndef MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_
#define MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_

#include "absl/status/status.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// OK for oneself, and for a caller who holds, wherever `user` is a manager, every permission that
// `user` holds there; an owner of the instance or of that organization holds all of its
// permissions. Else PERMISSION_DENIED "user.holds_more". The streams that say so join the read set.
absl::Status MayActAs(Unit& unit, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_
