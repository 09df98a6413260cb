// The reactor that moves user names to where they are to count (command/policy/move_names.h).
#ifndef MUNIMENT_GATEWAY_REACTORS_NAMES_H_
#define MUNIMENT_GATEWAY_REACTORS_NAMES_H_

#include "gateway/reactors/reactor.h"
#include "projections/database.h"

namespace muniment::gateway {

// "move.names". The database outlives it.
Reactor NameReactor(const projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_NAMES_H_
