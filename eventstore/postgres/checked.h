// Connections on which this node's mark was found to stand (FORMAT.md, Epochs): whoever finds the
// log shorter than it knew it, or another event there, raises the epoch before anything is read or
// written over the connection. A database that lost its newest events, as a standby that was
// promoted, is met on a new connection only.
//
//   ASSIGN_OR_RETURN(auto connection, ConnectAndCheck(options, Role::kAppend, head));
//
// Thread-safe; blocks. Errors: UNAVAILABLE "store.unavailable".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_CHECKED_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_CHECKED_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/known_head.h"

namespace muniment::eventstore {

// Each step has its own time, and all of them end by `deadline`.
absl::StatusOr<std::unique_ptr<Connection>> ConnectAndCheck(
    const PostgresOptions& options, Role role, KnownHead& head,
    absl::Time deadline = absl::InfiniteFuture());

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_CHECKED_H_
