// Fills an empty schema with a log, by COPY. While it lives no node can connect; until it has
// finished the table `import` stands in the schema, its comment names the command, and no node
// starts on it.
//
//   ASSIGN_OR_RETURN(const auto importer, PostgresImporter::Open({.url = url}));
//
// Errors besides those of import.h: as PostgresStore::Open.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_IMPORT_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_IMPORT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "eventstore/import.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/copy_rows.h"
#include "eventstore/postgres/export.h"

namespace muniment::eventstore {

class PostgresImporter final : public Importer {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresImporter>> Open(const PostgresOptions& options);
  // To change rows of a log that stands: a dump that was put back without its keys. What a run
  // before this one began is begun again, from the epoch that the log had then.
  static absl::StatusOr<std::unique_ptr<PostgresImporter>> Reopen(const PostgresOptions& options);

  absl::Status SetCommand(absl::string_view command) override;
  uint64_t last() const override { return last_; }
  absl::Status AddEvent(const StoredEvent& event) override;
  absl::Status Clear(RowKind kind) override;
  absl::Status AddRow(const Row& row) override;
  absl::Status Flush() override;
  Exporter& Written() override { return written_; }
  absl::Status SetEnd(const LogEnd& end) override;
  absl::Status Finish() override;
  // Of a schema that stood empty the empty tables stay, as every node makes them.
  absl::Status Abandon() override;

 private:
  // What of the place is this import's own.
  enum class Own { kNothing, kMark, kSchema };
  // A place that is shut to all others.
  struct Taken {
    std::unique_ptr<Connection> connection;
    bool made_schema = false;
  };

  PostgresImporter(const PostgresOptions& options, std::unique_ptr<Connection> connection,
                   uint64_t last, Own own);
  static absl::StatusOr<Taken> Take(const PostgresOptions& options);
  absl::Time Deadline() const;
  absl::Status WriteBatch();
  absl::Status WriteIfLarge(size_t bytes);

  const PostgresOptions options_;
  const std::unique_ptr<Connection> connection_;
  PostgresExporter written_;
  uint64_t last_ = 0;
  Own own_;  // nothing any more from the first write on
  bool reopened_ = false;  // a log that stands, to change its rows
  CopyRows log_;
  CopyRows segment_;
  CopyRows rows_;  // of `kind_`
  RowKind kind_ = kRowKinds;
};

// Of a schema where the table `import` stands: FAILED_PRECONDITION "store.import_unfinished" with
// the command.
absl::Status TellUnfinished(Connection& connection, absl::Time deadline);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_IMPORT_H_
