#include "eventstore/postgres/purge.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/refusal.h"

namespace muniment::eventstore {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(120);

absl::Status Incomplete(absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "store.purge_incomplete",
               absl::StrCat("The destroyed keys are gone from the tables, but the server may keep "
                            "older write-ahead log: ", why));
}

// Gives up the write-ahead log up to here; whether nothing of it is left.
absl::StatusOr<bool> DropLog(Connection& connection, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Rows here, connection.Ask("SELECT pg_switch_wal()::text", deadline));
  if (here.size() != 1) return absl::UnavailableError("PostgreSQL did not switch its log.");
  RETURN_IF_ERROR(connection.Execute("CHECKPOINT", deadline));
  Params params;
  params.AddText(here.Bytes(0, 0));
  ASSIGN_OR_RETURN(const Rows left, connection.Run(Sql("wal_left"), params, deadline));
  return left.size() == 1 && left.Int(0, 0) != 0 && left.Int(0, 1) == 0;
}

}  // namespace

absl::Status PurgeKeys(const PostgresOptions& options) {
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::Open(options, Role::kRead, absl::Now() + options.connect_timeout));
  const absl::Time deadline = absl::Now() + kPatience;
  RETURN_IF_ERROR(connection->Execute("VACUUM (FULL) data_keys", deadline));
  const absl::StatusOr<bool> dropped = DropLog(*connection, deadline);
  if (IsRefused(dropped.status())) {
    return Incomplete("the store's role needs pg_checkpoint and pg_monitor, and EXECUTE on "
                      "pg_switch_wal().");
  }
  RETURN_IF_ERROR(dropped.status());
  if (*dropped) return absl::OkStatus();
  return Incomplete("it takes wal_recycle = off and nothing that holds the log back.");
}

}  // namespace muniment::eventstore
