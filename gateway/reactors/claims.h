// The reactor that takes names from users: of other organizations those whose user name ends in a
// domain that an organization proved get a temporary one (command/org/claim_usernames.h), which
// asks for word of it (messages.h).
#ifndef MUNIMENT_GATEWAY_REACTORS_CLAIMS_H_
#define MUNIMENT_GATEWAY_REACTORS_CLAIMS_H_

#include "gateway/reactors/reactor.h"
#include "projections/database.h"

namespace muniment::gateway {

// "claim.domain". The database outlives it.
Reactor ClaimReactor(const projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_CLAIMS_H_
