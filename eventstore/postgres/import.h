// Fills an empty schema with a log, by COPY. While it lives no node can connect; until it has
// finished the table `import` stands in the schema and no node starts on it.
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
  // To change rows of a log that stands: a dump that was put back without its keys.
  static absl::StatusOr<std::unique_ptr<PostgresImporter>> Reopen(const PostgresOptions& options);

  uint64_t last() const override { return last_; }
  absl::Status AddEvent(const StoredEvent& event) override;
  absl::Status Clear(RowKind kind) override;
  absl::Status AddRow(const Row& row) override;
  absl::Status Flush() override;
  Exporter& Written() override { return written_; }
  absl::Status Finish(const LogEnd& end) override;

 private:
  PostgresImporter(const PostgresOptions& options, std::unique_ptr<Connection> connection,
                   uint64_t last);
  static absl::StatusOr<std::unique_ptr<Connection>> Connect(const PostgresOptions& options);
  absl::Time Deadline() const;
  absl::Status WriteBatch();
  absl::Status WriteIfLarge(size_t bytes);

  const PostgresOptions options_;
  const std::unique_ptr<Connection> connection_;
  PostgresExporter written_;
  uint64_t last_ = 0;
  CopyRows log_;
  CopyRows segment_;
  CopyRows rows_;  // of `kind_`
  RowKind kind_ = kRowKinds;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_IMPORT_H_
