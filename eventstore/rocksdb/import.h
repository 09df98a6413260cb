// Fills an empty folder with a log.
//
//   ASSIGN_OR_RETURN(const auto importer, RocksImporter::Open({.path = log}));
//
// The database is made and marked beside its place, in PATH.new, and then moved there: whoever
// finds it finds the mark in it. What is written meanwhile survives a process that is killed, and
// from a flush on the machine too. The caller sees that nobody else makes a database there.
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

  absl::Status SetCommand(absl::string_view command) override;
  uint64_t last() const override { return last_; }
  absl::Status AddEvent(const StoredEvent& event) override;
  absl::Status Clear(RowKind kind) override;
  absl::Status AddRow(const Row& row) override;
  absl::Status Flush() override;
  Exporter& Written() override { return written_; }
  absl::Status SetEnd(const LogEnd& end) override;
  absl::Status Finish() override;
  absl::Status Abandon() override;

 private:
  // What of the place is this import's own.
  enum class Own { kNothing, kMark, kDatabase, kFolder };

  RocksImporter(const RocksOptions& options, std::unique_ptr<Database> database, uint64_t last,
                Own own);
  absl::Status WriteIfLarge();
  absl::Status StageDay(const StoredEvent& event);
  absl::Status ClearPrefix(schema::Table table, absl::string_view prefix);

  struct Stage;

  const RocksOptions options_;
  std::unique_ptr<Database> database_;
  RocksExporter written_;
  rocksdb::WriteBatch batch_;
  uint64_t last_ = 0;
  // By class: the newest day that has its first position.
  absl::flat_hash_map<int, uint32_t> last_day_;
  bool cleared_keys_ = false;
  Own own_;  // nothing any more from the first write on
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_IMPORT_H_
