// The log on PostgreSQL as a log to be copied.
//
//   ASSIGN_OR_RETURN(const auto exporter, PostgresExporter::Open(options, Use::kSole));
//
// Errors besides the store's: UNAVAILABLE "store.in_use" for kSole while nodes are connected;
// FAILED_PRECONDITION "store.import_unfinished"; NOT_FOUND "store.not_founded".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_EXPORT_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_EXPORT_H_

#include <memory>

#include "eventstore/export.h"
#include "eventstore/postgres/pool.h"

namespace muniment::eventstore {

enum class Use {
  kSole,    // no node may be connected, and none can be while this lives (sole_use.h)
  kShared,  // nodes go on; each kind of rows is read as of one moment, later than the one before
};

class PostgresExporter final : public Exporter {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresExporter>> Open(const PostgresOptions& options,
                                                                Use use);
  // Of a log that somebody else shut off; whatever stands there.
  explicit PostgresExporter(const PostgresOptions& options);
  ~PostgresExporter() override;

  absl::StatusOr<LogEnd> ReadEnd() override;
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  absl::Status ReadRows(RowKind kind, RowVisitor visit) override;

 private:
  const PostgresOptions options_;
  Pool pool_;
  std::unique_ptr<Connection> holding_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_EXPORT_H_
