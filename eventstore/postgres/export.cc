#include "eventstore/postgres/export.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/postgres/reading.h"
#include "eventstore/postgres/sole_use.h"

namespace muniment::eventstore {
namespace {

constexpr int kFetch = 1000;

// Rows of each kind in the order of the embedded store's keys: u64 numbers stand in bigint bit by
// bit, so that the upper half of them is negative.
struct Source {
  const char* select;
  Row (*row)(const Rows& rows, int row);
};

std::string BytesOf(const Rows& rows, int row, int column) {
  return std::string(rows.Bytes(row, column));
}

Row HeadRow(const Rows& rows, int row) {
  return StreamHead{BytesOf(rows, row, 0), rows.Int(row, 1)};
}
Row SequenceRow(const Rows& rows, int row) {
  return InstanceSequence{rows.Int(row, 0), rows.Int(row, 1)};
}
Row ClaimRow(const Rows& rows, int row) {
  return StandingClaim{rows.Int(row, 0), BytesOf(rows, row, 1), BytesOf(rows, row, 2),
                       BytesOf(rows, row, 3)};
}
Row KeyRow(const Rows& rows, int row) {
  return DataKey{.id = BytesOf(rows, row, 1),
                 .instance = rows.Int(row, 0),
                 .subject = BytesOf(rows, row, 2),
                 .wrapped = BytesOf(rows, row, 3)};
}
Row ErasedRow(const Rows& rows, int row) {
  return ErasedSubject{rows.Int(row, 0), BytesOf(rows, row, 1)};
}

constexpr Source kSources[kRowKinds] = {
    {"SELECT stream, version FROM heads ORDER BY stream", HeadRow},
    {"SELECT instance, sequence FROM sequences ORDER BY instance < 0, instance", SequenceRow},
    {"SELECT instance, key, stream, slot FROM claims ORDER BY instance < 0, instance, key",
     ClaimRow},
    {"SELECT instance, id, subject, wrapped FROM data_keys ORDER BY instance < 0, instance, id",
     KeyRow},
    {"SELECT instance, subject FROM erased"
     " ORDER BY instance < 0, instance, length(subject), subject",
     ErasedRow}};

}  // namespace

PostgresExporter::PostgresExporter(const PostgresOptions& options)
    : options_(options), pool_(options_) {}

PostgresExporter::~PostgresExporter() = default;

absl::StatusOr<std::unique_ptr<PostgresExporter>> PostgresExporter::Open(
    const PostgresOptions& options, Use use) {
  const absl::Time deadline = absl::Now() + options.connect_timeout;
  ASSIGN_OR_RETURN(auto connection, Connection::Open(options, Role::kRead, deadline));
  ASSIGN_OR_RETURN(const Rows stands,
                   connection->Ask("SELECT to_regclass('head') IS NOT NULL", deadline));
  if (stands.Bytes(0, 0) != "t") {
    return Error(absl::StatusCode::kNotFound, "store.not_founded",
                 absl::StrCat("There is no log in the schema ", options.schema,
                              " of this PostgreSQL database."));
  }
  if (use == Use::kSole) {
    RETURN_IF_ERROR(
        TakeSoleUse(*connection, options, absl::Now() + options.batch_timeout));
  }
  RETURN_IF_ERROR(CheckWhole(*connection, absl::Now() + options.connect_timeout));
  auto exporter = std::make_unique<PostgresExporter>(options);
  exporter->holding_ = std::move(connection);
  return exporter;
}

absl::StatusOr<LogEnd> PostgresExporter::ReadEnd() {
  ASSIGN_OR_RETURN(const Rows rows, pool_.Run("read_end", Params()));
  if (rows.size() != 1) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "The table head is damaged.");
  }
  if (holding_ != nullptr) {
    // The locks go with the session.
    RETURN_IF_ERROR(holding_->Execute("SELECT 1", absl::Now() + options_.read_timeout));
  }
  return LogEnd{rows.Int(0, 0), rows.Int(0, 1),
                absl::FromUnixMicros(static_cast<int64_t>(rows.Int(0, 2)))};
}

absl::Status PostgresExporter::ReadLog(uint64_t after, EventVisitor visit) {
  return ReadLogRows(pool_, after, visit);
}

absl::Status PostgresExporter::ReadRows(RowKind kind, RowVisitor visit) {
  const auto deadline = [this] { return absl::Now() + options_.read_timeout; };
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::Open(options_, Role::kRead, absl::Now() + options_.connect_timeout));
  RETURN_IF_ERROR(connection->Execute(
      absl::StrCat("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                   "DECLARE rows BINARY CURSOR FOR ",
                   kSources[kind].select),
      deadline()));
  while (true) {
    ASSIGN_OR_RETURN(const Rows rows,
                     connection->Ask(absl::StrCat("FETCH ", kFetch, " FROM rows"), deadline()));
    for (int row = 0; row < rows.size(); ++row) {
      RETURN_IF_ERROR(visit(kSources[kind].row(rows, row)));
    }
    if (rows.size() < kFetch) return absl::OkStatus();
  }
}

}  // namespace muniment::eventstore
