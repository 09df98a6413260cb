// An open RocksDB with the store's tables. Opening decides what a damaged file means: a torn tail
// of the write-ahead log was never acknowledged and is cut off; anything else is refused.
//
// Threads: Database and DatabaseSlot are thread-safe.
// Errors: DATA_LOSS "store.damaged" with the file's name; FAILED_PRECONDITION
// "store.level_too_high" for a folder that a newer release wrote, "store.import_unfinished" for one
// that an import has not filled to the end; UNAVAILABLE "store.unavailable" for a disk that is full
// or fails, or a folder that another process holds.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_DATABASE_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_DATABASE_H_

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "eventstore/rocksdb/options.h"
#include "eventstore/rocksdb/schema.h"

namespace muniment::eventstore {

// OK, DATA_LOSS or UNAVAILABLE.
absl::Status FromRocks(const rocksdb::Status& status);
absl::Status DamagedError(absl::string_view what);
inline rocksdb::Slice ToSlice(absl::string_view text) { return {text.data(), text.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

class Database;
// Makes a batch of what stands at that moment.
using StageRows = absl::FunctionRef<absl::Status(Database& database, rocksdb::WriteBatch& batch)>;

class Database {
 public:
  using Handle = rocksdb::ColumnFamilyHandle*;

  static absl::StatusOr<std::unique_ptr<Database>> Open(const RocksOptions& options);
  // For reading alone, beside the process that has it open or after one that died: its files are
  // not touched. `scratch` is an empty folder for what RocksDB notes down meanwhile. NOT_FOUND
  // "store.not_founded" where there is no database.
  static absl::StatusOr<std::unique_ptr<Database>> Follow(const RocksOptions& options,
                                                          const std::string& scratch);
  // Of a database that follows: sees what was written since, every table as of one moment. No call
  // at the same time.
  absl::Status CatchUp();
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() { return *db_; }
  Handle table(schema::Table table) const { return tables_[table]; }
  // The log, or the segment of a class that expires; null for a class that is not known.
  Handle log(Keep keep) const;
  // The log and all segments.
  const std::vector<std::pair<Keep, Handle>>& logs() const { return logs_; }
  std::vector<Handle> all() const;

  // As found when it was opened.
  uint64_t epoch() const { return epoch_; }
  const schema::Head& head() const { return head_; }

  absl::StatusOr<std::optional<std::string>> Get(schema::Table table, absl::string_view key);
  // Of a table of numbers; 0 where nothing stands.
  absl::StatusOr<uint64_t> GetNumber(schema::Table table, absl::string_view key);
  // The event at a place; nullopt where one that expires is gone.
  absl::StatusOr<std::optional<StoredEvent>> GetEvent(const schema::Place& place);
  // Calls back for the entries whose keys begin with `prefix` until it answers false.
  absl::Status Visit(schema::Table table, absl::string_view prefix,
                     absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit);

 private:
  Database() = default;
  // Fills handles of an open database.
  absl::Status Adopt(const std::vector<Handle>& handles);
  absl::Status Reread();
  absl::Status LoadMeta();
  absl::Status CheckWhole() const;
  absl::Status CheckMark(const RocksOptions& options);

  std::unique_ptr<rocksdb::DB> db_;
  std::array<Handle, schema::kTables> tables_{};
  std::vector<std::pair<Keep, Handle>> logs_;
  uint64_t epoch_ = 0;
  schema::Head head_;
  bool importing_ = false;  // an import into it is unfinished
  std::string importer_;    // the command that does it
  bool any_ = false;        // unfinished ones too
};

// The database while it stands; after a failed write it is taken away and another put there.
class DatabaseSlot {
 public:
  // UNAVAILABLE, or why there is none; DATA_LOSS once damage was met. Give it back soon: it is not
  // opened again before.
  absl::StatusOr<std::shared_ptr<Database>> Acquire() const;
  void Put(std::unique_ptr<Database> database);
  // Nobody gets it from now on; the notification tells when the last user is done and it is closed.
  std::shared_ptr<absl::Notification> Take(const absl::Status& why);
  void Explain(const absl::Status& why);
  // Of what the database's use came to: where it found damage the database is not used again, and
  // everybody is told so from now on. Answers the status.
  absl::Status Judge(absl::Status status);

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<Database> database_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<absl::Notification> closed_ ABSL_GUARDED_BY(mutex_);
  absl::Status why_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("The store is not open.");
  absl::Status damage_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_DATABASE_H_
