#include "eventstore/postgres/import.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"
#include "eventstore/postgres/migration.h"
#include "eventstore/postgres/sole_use.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kBatchBytes = 8 << 20;
// A batch on a slow disk, with a checkpoint in its way.
constexpr absl::Duration kPatience = absl::Minutes(5);

// Tables of each kind of rows and what COPY is told of them.
struct Target {
  const char* table;
  const char* columns;
};
constexpr Target kTargets[kRowKinds] = {{"heads", "stream, version"},
                                        {"sequences", "instance, sequence"},
                                        {"claims", "instance, key, stream, slot"},
                                        {"data_keys", "instance, id, subject, wrapped"},
                                        {"erased", "instance, subject"}};
constexpr Target kLog = {"log", "position, instance, sequence, created_at, stream, version, body"};
constexpr Target kSegment = {
    "segment", "position, instance, sequence, created_at, stream, version, keep, day, body"};

std::string CopySql(const Target& target) {
  return absl::StrCat("COPY ", target.table, " (", target.columns,
                      ") FROM STDIN (FORMAT binary)");
}

struct Stage {
  CopyRows& out;

  void operator()(const StreamHead& row) const {
    out.Begin(2);
    out.AddBytes(row.stream);
    out.AddInt8(row.version);
  }
  void operator()(const InstanceSequence& row) const {
    out.Begin(2);
    out.AddInt8(row.instance);
    out.AddInt8(row.sequence);
  }
  void operator()(const StandingClaim& row) const {
    out.Begin(4);
    out.AddInt8(row.instance);
    out.AddBytes(row.key);
    out.AddBytes(row.stream);
    out.AddBytes(row.slot);
  }
  void operator()(const DataKey& row) const {
    out.Begin(4);
    out.AddInt8(row.instance);
    out.AddBytes(row.id);
    out.AddBytes(row.subject);
    out.AddBytes(row.wrapped);
  }
  void operator()(const ErasedSubject& row) const {
    out.Begin(2);
    out.AddInt8(row.instance);
    out.AddBytes(row.subject);
  }
};

absl::StatusOr<uint64_t> AskNumber(Connection& connection, absl::string_view statement,
                                   absl::Time deadline) {
  ASSIGN_OR_RETURN(const Rows rows, connection.Run(Sql(statement), Params(), deadline));
  if (rows.size() == 1) return rows.Int(0, 0);
  return Error(absl::StatusCode::kDataLoss, "store.damaged", "A table of one row has none.");
}

constexpr char kPlace[] = "this PostgreSQL schema";
constexpr char kImportStands[] = "SELECT to_regclass('import') IS NOT NULL";

absl::StatusOr<bool> AskWhether(Connection& connection, const std::string& sql,
                                absl::Time deadline) {
  ASSIGN_OR_RETURN(const Rows rows, connection.Ask(sql, deadline));
  return rows.size() == 1 && rows.Bytes(0, 0) == "t";
}

// Which command the mark names; empty where it names none or does not stand.
absl::StatusOr<std::string> AskCommand(Connection& connection, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Rows found,
                   connection.Ask("SELECT coalesce(obj_description(to_regclass('import'),"
                                  " 'pg_class'), '')",
                                  deadline));
  return std::string(found.size() == 1 ? found.Bytes(0, 0) : "");
}

}  // namespace

absl::StatusOr<PostgresImporter::Taken> PostgresImporter::Take(const PostgresOptions& options) {
  const absl::Time deadline = absl::Now() + options.connect_timeout;
  Taken taken;
  ASSIGN_OR_RETURN(taken.connection, Connection::Open(options, Role::kRead, deadline));
  Connection& connection = *taken.connection;
  // What shuts others out is a lock on a table. Tables that stand are not changed before it is
  // known that the place may be filled.
  ASSIGN_OR_RETURN(const bool stands,
                   AskWhether(connection, "SELECT to_regclass('head') IS NOT NULL", deadline));
  if (!stands) {
    ASSIGN_OR_RETURN(taken.made_schema,
                     AskWhether(connection, "SELECT current_schema() IS NULL", deadline));
    RETURN_IF_ERROR(Migrate(connection, options, absl::Now() + kPatience));
  }
  const absl::Time locked = absl::Now() + options.batch_timeout;
  RETURN_IF_ERROR(TakeSoleUse(connection, options, locked));
  // What a server that fails loses of it is repeated; the last commit waits for all before it.
  RETURN_IF_ERROR(connection.Execute("SET synchronous_commit = off", locked));
  return taken;
}

absl::StatusOr<std::unique_ptr<PostgresImporter>> PostgresImporter::Open(
    const PostgresOptions& options) {
  ASSIGN_OR_RETURN(Taken taken, Take(options));
  Connection& connection = *taken.connection;
  const absl::Time deadline = absl::Now() + options.batch_timeout;
  ASSIGN_OR_RETURN(const bool begun, AskWhether(connection, kImportStands, deadline));
  if (!begun) {
    ASSIGN_OR_RETURN(const uint64_t position,
                     AskNumber(connection, "read_head_position", deadline));
    if (position > 0) {
      return Error(absl::StatusCode::kFailedPrecondition, "import.not_empty",
                   absl::StrCat("The schema ", options.schema,
                                " holds a log already; it takes an empty one."));
    }
  }
  RETURN_IF_ERROR(Migrate(connection, options, absl::Now() + kPatience));
  uint64_t last = 0;
  Own own = Own::kNothing;
  if (begun) {
    ASSIGN_OR_RETURN(last, AskNumber(connection, "read_import", deadline));
  } else {
    RETURN_IF_ERROR(connection.Execute(
        "BEGIN; CREATE TABLE import (position bigint NOT NULL);"
        "INSERT INTO import VALUES (0); COMMIT",
        deadline));
    own = taken.made_schema ? Own::kSchema : Own::kMark;
  }
  return std::unique_ptr<PostgresImporter>(
      new PostgresImporter(options, std::move(taken.connection), last, own));
}

absl::StatusOr<std::unique_ptr<PostgresImporter>> PostgresImporter::Reopen(
    const PostgresOptions& options) {
  ASSIGN_OR_RETURN(Taken taken, Take(options));
  Connection& connection = *taken.connection;
  const absl::Time deadline = absl::Now() + options.batch_timeout;
  // What a migration has not finished is no log that lacks its keys, at whatever position.
  ASSIGN_OR_RETURN(const std::string command, AskCommand(connection, deadline));
  if (command == "migrate") return UnfinishedError(kPlace, command);
  ASSIGN_OR_RETURN(const uint64_t position,
                   AskNumber(connection, "read_head_position", deadline));
  if (position == 0) {
    return Error(absl::StatusCode::kNotFound, "store.not_founded",
                 absl::StrCat("There is no log in the schema ", options.schema,
                              " of this PostgreSQL database."));
  }
  RETURN_IF_ERROR(Migrate(connection, options, absl::Now() + kPatience));
  // A run before this one may have raised the epoch already.
  RETURN_IF_ERROR(connection.Execute(
      "BEGIN; CREATE TABLE IF NOT EXISTS import (position bigint NOT NULL);"
      "ALTER TABLE import ADD COLUMN IF NOT EXISTS epoch bigint,"
      " ADD COLUMN IF NOT EXISTS cleared boolean NOT NULL DEFAULT false;"
      "UPDATE head SET epoch = import.epoch FROM import WHERE import.epoch IS NOT NULL;"
      "INSERT INTO import (position) SELECT 0 WHERE NOT EXISTS (SELECT FROM import);"
      "UPDATE import SET position = head.position, epoch = head.epoch FROM head; COMMIT",
      deadline));
  // A mark under which nothing was emptied yet is taken off by whoever is refused, whosever it is.
  ASSIGN_OR_RETURN(const bool cleared,
                   AskWhether(connection, "SELECT cleared FROM import", deadline));
  std::unique_ptr<PostgresImporter> importer(
      new PostgresImporter(options, std::move(taken.connection), position,
                           cleared ? Own::kNothing : Own::kMark));
  importer->reopened_ = true;
  return importer;
}

PostgresImporter::PostgresImporter(const PostgresOptions& options,
                                   std::unique_ptr<Connection> connection, uint64_t last, Own own)
    : options_(options),
      connection_(std::move(connection)),
      written_(options_),
      last_(last),
      own_(own) {}

absl::Status PostgresImporter::SetCommand(absl::string_view command) {
  ASSIGN_OR_RETURN(const std::string named, AskCommand(*connection_, Deadline()));
  if (!named.empty() && named != command) return UnfinishedError(kPlace, named);
  return connection_->Execute(absl::StrCat("COMMENT ON TABLE import IS '", command, "'"),
                              Deadline());
}

absl::Time PostgresImporter::Deadline() const { return absl::Now() + kPatience; }

absl::Status PostgresImporter::AddEvent(const StoredEvent& event) {
  ASSIGN_OR_RETURN(const StreamPlace place, PlaceOf(event));
  const bool kept = event.keep == FOREVER;
  CopyRows& out = kept ? log_ : segment_;
  out.Begin(kept ? 7 : 9);
  out.AddInt8(event.position);
  out.AddInt8(event.instance);
  out.AddInt8(event.sequence);
  out.AddInt8(static_cast<uint64_t>(absl::ToUnixMicros(event.created_at)));
  out.AddBytes(EncodeStream(place.stream));
  out.AddInt8(place.version);
  if (!kept) {
    out.AddInt2(static_cast<uint16_t>(event.keep));
    out.AddInt4(DayOf(event.created_at));
  }
  out.AddBytes(event.body);
  last_ = event.position;
  return WriteIfLarge(log_.bytes() + segment_.bytes());
}

absl::Status PostgresImporter::Clear(RowKind kind) {
  RETURN_IF_ERROR(Flush());
  kind_ = kind;
  own_ = Own::kNothing;
  if (reopened_) RETURN_IF_ERROR(connection_->Execute("UPDATE import SET cleared = true", Deadline()));
  return connection_->Execute(absl::StrCat("TRUNCATE ", kTargets[kind].table), Deadline());
}

absl::Status PostgresImporter::AddRow(const Row& row) {
  if (KindOf(row) != kind_) RETURN_IF_ERROR(Flush());
  kind_ = KindOf(row);
  std::visit(Stage{rows_}, row);
  return WriteIfLarge(rows_.bytes());
}

absl::Status PostgresImporter::WriteIfLarge(size_t bytes) {
  return bytes < kBatchBytes ? absl::OkStatus() : Flush();
}

absl::Status PostgresImporter::Flush() {
  if (log_.empty() && segment_.empty() && rows_.empty()) return absl::OkStatus();
  own_ = Own::kNothing;
  absl::Status status = connection_->Execute("BEGIN", Deadline());
  if (status.ok()) status = WriteBatch();
  if (status.ok()) return connection_->Execute("COMMIT", Deadline());
  // The first error is the one to tell.
  if (connection_->alive()) (void)connection_->Execute("ROLLBACK", Deadline());
  return status;
}

absl::Status PostgresImporter::WriteBatch() {
  if (!rows_.empty()) {
    RETURN_IF_ERROR(connection_->CopyIn(CopySql(kTargets[kind_]), rows_.Take(), Deadline()));
  }
  if (log_.empty() && segment_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(connection_->Execute(
      absl::StrCat("SELECT extend_log_v1(", last_, "); UPDATE import SET position = ", last_),
      Deadline()));
  if (!log_.empty()) {
    RETURN_IF_ERROR(connection_->CopyIn(CopySql(kLog), log_.Take(), Deadline()));
  }
  if (segment_.empty()) return absl::OkStatus();
  return connection_->CopyIn(CopySql(kSegment), segment_.Take(), Deadline());
}

absl::Status PostgresImporter::SetEnd(const LogEnd& end) {
  RETURN_IF_ERROR(Flush());
  own_ = Own::kNothing;
  return connection_->Execute(
      absl::StrCat("SET synchronous_commit = on; BEGIN; SELECT extend_log_v1(", end.position,
                   "); UPDATE head SET epoch = ", end.epoch, ", position = ", end.position,
                   ", stamp = ", absl::ToUnixMicros(end.stamp), "; COMMIT"),
      Deadline());
}

absl::Status PostgresImporter::Finish() {
  RETURN_IF_ERROR(connection_->Execute("DROP TABLE import", Deadline()));
  // Nobody else was there to gather statistics; the log is as good without.
  (void)connection_->Execute("ANALYZE", Deadline());
  return absl::OkStatus();
}

absl::Status PostgresImporter::Abandon() {
  const Own own = std::exchange(own_, Own::kNothing);
  if (own == Own::kNothing) return absl::OkStatus();
  return connection_->Execute(
      own == Own::kMark ? std::string("DROP TABLE import")
                        : absl::StrCat("DROP SCHEMA \"", options_.schema, "\" CASCADE"),
      Deadline());
}

absl::Status TellUnfinished(Connection& connection, absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::string command, AskCommand(connection, deadline));
  return UnfinishedError(kPlace, command);
}

}  // namespace muniment::eventstore
