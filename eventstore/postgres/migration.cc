#include "eventstore/postgres/migration.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/postgres/refusal.h"
#include "eventstore/postgres/sole_use.h"

namespace muniment::eventstore {
namespace {

struct Version {
  uint64_t newest = 0;
  uint64_t usable_from = 0;  // the oldest version of a program that may use it
};

absl::StatusOr<Version> VersionOf(Connection& connection, const std::string& schema,
                                  absl::Time deadline) {
  Version version;
  ASSIGN_OR_RETURN(const Rows table, connection.Ask(absl::StrCat("SELECT to_regclass('\"", schema,
                                                                 "\".schema_version') IS NOT NULL"),
                                                    deadline));
  if (table.Bytes(0, 0) != "t") return version;
  ASSIGN_OR_RETURN(const Rows found,
                   connection.Ask("SELECT coalesce(max(version), 0), coalesce(max(usable_from), 0)"
                                  " FROM schema_version",
                                  deadline));
  if (!absl::SimpleAtoi(found.Bytes(0, 0), &version.newest) ||
      !absl::SimpleAtoi(found.Bytes(0, 1), &version.usable_from)) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "The schema's version is damaged.");
  }
  return version;
}

absl::Status CheckUsable(const Version& standing) {
  if (standing.usable_from <= Migrations().size()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "store.level_too_high",
               "The database was brought to a newer version than this program knows.");
}

absl::Status Step(Connection& connection, uint64_t version, absl::Time deadline) {
  absl::Status status =
      connection.Execute(absl::StrCat("BEGIN;", Migrations()[version - 1].sql,
                                      "INSERT INTO schema_version (version, usable_from) VALUES (",
                                      version, ", 1); COMMIT;"),
                         deadline);
  if (!status.ok() && connection.alive()) {
    // The first error is the one to tell.
    (void)connection.Execute("ROLLBACK", deadline);
  }
  return status;
}

absl::Status MakeSteps(Connection& connection, const std::string& schema, absl::Time deadline) {
  RETURN_IF_ERROR(connection.Execute(
      absl::StrCat("CREATE SCHEMA IF NOT EXISTS \"", schema,
                   "\"; CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY,"
                   " usable_from integer NOT NULL,"
                   " made timestamptz NOT NULL DEFAULT clock_timestamp())"),
      deadline));
  ASSIGN_OR_RETURN(const Version standing, VersionOf(connection, schema, deadline));
  for (uint64_t next = standing.newest + 1; next <= Migrations().size(); ++next) {
    RETURN_IF_ERROR(Step(connection, next, deadline));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSchema(Connection& connection, const PostgresOptions& options,
                         absl::Time deadline) {
  RETURN_IF_ERROR(CheckSchemaName(options.schema));
  ASSIGN_OR_RETURN(const Version standing, VersionOf(connection, options.schema, deadline));
  if (standing.newest == 0) {
    return Error(absl::StatusCode::kNotFound, "store.not_founded",
                 absl::StrCat("The database has no log in the schema ", options.schema, "."));
  }
  RETURN_IF_ERROR(CheckUsable(standing));
  return options.importing ? absl::OkStatus() : CheckWhole(connection, deadline);
}

absl::Status Migrate(Connection& connection, const PostgresOptions& options, absl::Time deadline) {
  RETURN_IF_ERROR(CheckSchemaName(options.schema));
  ASSIGN_OR_RETURN(const Version standing, VersionOf(connection, options.schema, deadline));
  RETURN_IF_ERROR(CheckUsable(standing));
  if (standing.newest >= Migrations().size()) return absl::OkStatus();
  const std::string key =
      absl::StrCat("(hashtextextended('muniment migration ", options.schema, "', 0))");
  RETURN_IF_ERROR(connection.Execute(absl::StrCat("SELECT pg_advisory_lock", key), deadline));
  absl::Status status = MakeSteps(connection, options.schema, deadline);
  if (connection.alive()) {
    const absl::Status unlocked =
        connection.Execute(absl::StrCat("SELECT pg_advisory_unlock", key), deadline);
    if (status.ok()) status = unlocked;
  }
  return status;
}

}  // namespace muniment::eventstore
