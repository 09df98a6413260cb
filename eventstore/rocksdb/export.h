// The embedded store as a log to be copied.
//
//   ASSIGN_OR_RETURN(const auto exporter, RocksExporter::Follow({.path = log}, scratch));
//
// Follow reads beside the process that serves, or after one that died, and touches no file: the
// log as it stood at one moment. ReadEnd of such a one looks again and so tells of what came
// meanwhile. Errors: as FollowerStore::Open; FAILED_PRECONDITION "store.import_unfinished".
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_EXPORT_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_EXPORT_H_

#include <memory>
#include <string>

#include "eventstore/export.h"
#include "eventstore/rocksdb/options.h"

namespace muniment::eventstore {

class Database;

class RocksExporter final : public Exporter {
 public:
  // `scratch`: an empty folder of its own; not removed.
  static absl::StatusOr<std::unique_ptr<RocksExporter>> Follow(const RocksOptions& options,
                                                               const std::string& scratch);
  // Of a database that outlives it.
  explicit RocksExporter(Database& database);
  ~RocksExporter() override;

  absl::StatusOr<LogEnd> ReadEnd() override;
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  absl::Status ReadRows(RowKind kind, RowVisitor visit) override;

 private:
  std::unique_ptr<Database> followed_;
  Database& database_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_EXPORT_H_
