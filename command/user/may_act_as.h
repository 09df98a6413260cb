// Nobody grants what he lacks: who sets another's credentials could act as him, and who makes
// himself one could act longer than he was let.
#ifndef MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_
#define MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/access.h"
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

// One of the places where somebody is a manager.
struct Managed {
  Scope scope;  // on which his roles stand
  Level level = Level::kInstance;
  Place place;
  const std::vector<std::string>& roles;
};
// Whether `suffices` of every place where the user is a manager; not where there are more than can be
// told. The streams that say so join the read set.
absl::StatusOr<bool> WhereverHeManages(
    Unit& unit, const Ref<User>& user,
    absl::FunctionRef<absl::StatusOr<bool>(const Managed& managed)> suffices);

// When what the caller shows ends by itself.
absl::StatusOr<absl::Time> EndOfProof(Unit& unit);

// Whether a credential of `user` that the caller makes may count until `end`: of any caller who
// holds user.write on the user; else, that is of the user himself, no longer than the token or the
// session that he shows. PERMISSION_DENIED "token.outlives_proof".
absl::Status MayLastUntil(Unit& unit, const Ref<User>& user, absl::Time end);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MAY_ACT_AS_H_
