#include "eventstore/postgres/sole_use.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/postgres/import.h"

namespace muniment::eventstore {
namespace {

// Beside the append lock's number (lock_log_v1).
std::string UseLock(const PostgresOptions& options) {
  return absl::StrCat("(1836411253, ('\"", options.schema, "\".head'::regclass)::oid::integer)");
}

}  // namespace

std::string ShareUseSql(const PostgresOptions& options) {
  return absl::StrCat("DO $$ BEGIN IF NOT pg_try_advisory_lock_shared", UseLock(options),
                      " THEN RAISE EXCEPTION 'this log is being copied; nodes wait until that has"
                      " ended'; END IF; END $$;");
}

absl::Status TakeSoleUse(Connection& connection, const PostgresOptions& options,
                         absl::Time deadline) {
  // A moment for sessions of nodes that have just ended.
  const absl::Status taken = connection.Execute(
      absl::StrCat("SET lock_timeout = '3s'; SELECT pg_advisory_lock", UseLock(options)), deadline);
  if (!taken.ok() && !connection.alive()) return taken;
  if (!taken.ok()) {
    return Error(absl::StatusCode::kUnavailable, "store.in_use",
                 "Nodes are running on this PostgreSQL log. Stop them all first.");
  }
  // A node that has lost its listener for a moment still cannot append.
  return connection.Execute(
      "SET lock_timeout = 0; SELECT pg_advisory_lock(1836411252, ('head'::regclass)::oid::integer)", deadline);
}

absl::Status CheckWhole(Connection& connection, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Rows standing,
                   connection.Ask("SELECT to_regclass('import') IS NULL,"
                                  " to_regclass('data_keys') IS NOT NULL",
                                  deadline));
  const bool whole = standing.size() == 1 && standing.Bytes(0, 0) == "t";
  if (whole && standing.Bytes(0, 1) == "t") return absl::OkStatus();
  if (whole) {
    return Error(absl::StatusCode::kFailedPrecondition, "store.keys_missing",
                 "The schema has no table data_keys. A dump is taken with --exclude-table-data, "
                 "which keeps the empty table (not with --exclude-table), and the keys are put into "
                 "it by `muniment restore --keys FILE --to postgres:`.");
  }
  return TellUnfinished(connection, deadline);
}

}  // namespace muniment::eventstore
