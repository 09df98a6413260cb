#include "eventstore/postgres/checked.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

// Whether the log goes on from all that is known of it. No lock is taken.
absl::StatusOr<bool> Stands(Connection& connection, const PostgresMark& mark, KnownHead& head,
                            absl::Time deadline) {
  const absl::Time asked = SteadyNow();
  const uint64_t seen = head.position();
  Params params;
  params.AddInt8(mark.position);
  ASSIGN_OR_RETURN(const Rows rows, connection.Run(Sql("read_mark"), params, deadline));
  if (rows.size() != 1) return false;
  // A log that is being put back is nobody's to go on from; who does that is not done.
  if (rows.Int(0, 3) != 0) return UnavailableError("The log is being put back.");
  const uint64_t position = rows.Int(0, 1);
  const bool same = rows.Int(0, 0) == mark.epoch && position >= seen && position >= mark.position &&
                    (mark.hash.empty() || rows.IsNull(0, 2) || rows.Bytes(0, 2) == mark.hash);
  if (same) head.Heard(asked, mark.epoch, position);
  return same;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> ConnectAndCheck(const PostgresOptions& options,
                                                            Role role, KnownHead& head,
                                                            absl::Time deadline) {
  const auto within = [deadline](absl::Duration time) {
    return std::min(deadline, absl::Now() + time);
  };
  ASSIGN_OR_RETURN(auto connection,
                   Connection::Open(options, role, within(options.connect_timeout)));
  const PostgresMark mark = head.Mark();
  ASSIGN_OR_RETURN(const bool stands,
                   Stands(*connection, mark, head, within(options.connect_timeout)));
  if (stands) return connection;
  const absl::Time asked = SteadyNow();
  Params params;
  params.AddInt8(mark.epoch);
  params.AddInt8(mark.position);
  params.AddBytes(mark.hash);
  params.AddInt8(head.position());
  // It waits for the append lock, as any batch may.
  ASSIGN_OR_RETURN(const Rows rows,
                   connection->Run(Sql("check_mark"), params, within(options.batch_timeout)));
  if (rows.size() == 1) head.Heard(asked, rows.Int(0, 0), rows.Int(0, 1));
  return connection;
}

}  // namespace muniment::eventstore
