// Whether somebody still acts for another: what the exchange asked of the log (command/oidc/checks/
// actor_may.cc), asked of rows each time that a token of it is shown, so that a role that is taken, a
// policy that is changed and a manager's role that the user was given since end it.
#ifndef MUNIMENT_GATEWAY_OIDC_IMPERSONATION_H_
#define MUNIMENT_GATEWAY_OIDC_IMPERSONATION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"
#include "projections/owners.h"

namespace muniment::gateway {

// A get, a list, and a get for each place where either manages. Thread-safe.
absl::StatusOr<bool> StillActsFor(projections::View& view, const projections::Owners& owners,
                                  uint64_t instance, const std::string& actor_id,
                                  const row::v1::User& user);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_IMPERSONATION_H_
