// The reactors that sweep up after removals (command/org/sweep_organization.h, command/user/end_user.h):
// a commit has room for so much, and what a removed organization owned, or a removed user had, may
// be more. The sweep of a user ends with the destruction of his keys.
#ifndef MUNIMENT_GATEWAY_REACTORS_SWEEPS_H_
#define MUNIMENT_GATEWAY_REACTORS_SWEEPS_H_

#include <vector>

#include "gateway/reactors/reactor.h"
#include "projections/database.h"

namespace muniment::gateway {

// Of organizations, users, groups, projects and grants, and of roles that were taken away. The
// database outlives them.
std::vector<Reactor> Sweeps(const projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_SWEEPS_H_
