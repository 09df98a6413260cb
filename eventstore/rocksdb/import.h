// Fills an empty folder with a log.
//
//   ASSIGN_OR_RETURN(const auto importer, RocksImporter::Open({.path = log}));
//
// What is written meanwhile survives a process that is killed, and from a flush on the machine too.
// Errors besides those of import.h: as RocksStore::Open; FAILED_PRECONDITION "import.not_empty"
// also for a folder with files that are no database.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_IMPORT_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_IMPORT_H_

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "eventstore/import.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/options.h"

namespace muniment::eventstore {

class RocksImporter final : public Importer {
 public:
  static absl::StatusOr<std::unique_ptr<RocksImporter>> Open(const RocksOptions& options);

  uint64_t last() const override { return last_; }
  absl::Status AddEvent(const StoredEvent& event) override;
  absl::Status Clear(RowKind kind) override;
  absl::Status AddRow(const Row& row) override;
  absl::Status Flush() override;
  Exporter& Written() override { return written_; }
  absl::Status Finish(const LogEnd& end) override;

 private:
  RocksImporter(std::unique_ptr<Database> database, uint64_t last);
  absl::Status WriteIfLarge();
  absl::Status StageDay(const StoredEvent& event);
  absl::Status ClearPrefix(schema::Table table, absl::string_view prefix);

  struct Stage;

  const std::unique_ptr<Database> database_;
  RocksExporter written_;
  rocksdb::WriteBatch batch_;
  uint64_t last_ = 0;
  // By class: the newest day that has its first position.
  absl::flat_hash_map<int, uint32_t> last_day_;
  bool cleared_keys_ = false;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_IMPORT_H_
