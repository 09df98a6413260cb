// Brings the schema to the version of this program, while other nodes may use it.
//
// Each migration is one transaction; one node at a time makes them (an advisory lock), the others
// wait and find them done. Blocks.
// Errors: UNAVAILABLE "store.unavailable"; FAILED_PRECONDITION "store.level_too_high" for a schema
// that this program is too old to use; INVALID_ARGUMENT "store.schema_name".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_MIGRATION_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_MIGRATION_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/postgres/connection.h"

namespace muniment::eventstore {

absl::Status Migrate(Connection& connection, const PostgresOptions& options, absl::Time deadline);
// Changes nothing. NOT_FOUND "store.not_founded" where there is no schema; those of CheckWhole.
absl::Status CheckSchema(Connection& connection, const PostgresOptions& options,
                         absl::Time deadline);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_MIGRATION_H_
