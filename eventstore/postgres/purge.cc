#include "eventstore/postgres/purge.h"

#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/postgres/connection.h"

namespace muniment::eventstore {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(120);

}  // namespace

absl::Status PurgeKeys(const PostgresOptions& options) {
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::Open(options, Role::kRead, absl::Now() + options.connect_timeout));
  const absl::Time deadline = absl::Now() + kPatience;
  RETURN_IF_ERROR(connection->Execute("VACUUM (FULL) data_keys", deadline));
  ASSIGN_OR_RETURN(const Rows here, connection->Ask("SELECT pg_switch_wal()::text", deadline));
  if (here.size() != 1) return absl::UnavailableError("PostgreSQL did not switch its log.");
  RETURN_IF_ERROR(connection->Execute("CHECKPOINT", deadline));
  Params params;
  params.AddText(here.Bytes(0, 0));
  ASSIGN_OR_RETURN(const Rows left, connection->Run(Sql("wal_left"), params, deadline));
  if (left.size() == 1 && left.Int(0, 0) != 0 && left.Int(0, 1) == 0) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, "store.purge_incomplete",
      "The destroyed keys are gone from the tables, but the server keeps older write-ahead "
      "log: it takes wal_recycle = off and nothing that holds the log back.");
}

}  // namespace muniment::eventstore
