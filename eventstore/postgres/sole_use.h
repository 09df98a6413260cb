// Shuts every node out of a log on PostgreSQL while it is copied: each node's listener holds a
// shared lock of its session for as long as it lives, and this takes the same lock alone, besides
// the append lock. Nodes that start meanwhile are refused and try again.
//
//   RETURN_IF_ERROR(TakeSoleUse(connection, options, deadline));   // until the session ends
//
// Errors: UNAVAILABLE "store.in_use" while nodes are connected; those of connection.h.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_SOLE_USE_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_SOLE_USE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/postgres/connection.h"

namespace muniment::eventstore {

// What a listener's session does at its start; the tables stand already.
std::string ShareUseSql(const PostgresOptions& options);

absl::Status TakeSoleUse(Connection& connection, const PostgresOptions& options,
                         absl::Time deadline);

// FAILED_PRECONDITION "store.import_unfinished" while an import into the log has not come to its
// end, "store.keys_missing" where a dump was put back without the table of data keys.
absl::Status CheckWhole(Connection& connection, absl::Time deadline);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_SOLE_USE_H_
