#include "eventstore/rocksdb/recovery.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/schema.h"
#include "eventstore/rocksdb/tuning.h"

namespace muniment::eventstore {
namespace {

using Columns = std::vector<rocksdb::ColumnFamilyDescriptor>;
using rocksdb::WALRecoveryMode;

// RocksDB's statuses do not name the write-ahead log that is damaged; what it logs does.
class DamageLog final : public rocksdb::Logger {
 public:
  DamageLog() : rocksdb::Logger(rocksdb::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[1024];
    vsnprintf(line, sizeof(line), format, arguments);
    if (found_.empty() && absl::StrContains(line, "dropping")) found_ = line;
  }
  const std::string& found() const { return found_; }

 private:
  std::string found_;
};

bool IsDataFile(const std::string& name) {
  return absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log") ||
         absl::StartsWith(name, "MANIFEST-");
}

// True when the folder holds no database. One without its CURRENT file but with data is damaged.
absl::StatusOr<bool> IsFresh(const RocksOptions& options, rocksdb::Env& env) {
  const std::string current = options.path + "/CURRENT";
  if (env.FileExists(current).ok()) return false;
  std::vector<std::string> names;
  if (!env.GetChildren(options.path, &names).ok()) return true;
  if (std::any_of(names.begin(), names.end(), IsDataFile)) {
    // The creation of a database may have been cut short before anything was stored in it.
    const bool stored = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log");
    });
    if (stored) return DamagedError(absl::StrCat(current, " is missing"));
  }
  return true;
}

absl::StatusOr<Columns> ListColumns(const RocksOptions& options, rocksdb::Env& env) {
  std::vector<std::string> names;
  for (int table = 0; table < schema::kTables; ++table) {
    names.push_back(schema::TableName(static_cast<schema::Table>(table)));
  }
  for (const Keep keep : schema::ExpiringKeeps()) names.push_back(schema::SegmentName(keep));
  ASSIGN_OR_RETURN(const bool fresh, IsFresh(options, env));
  if (!fresh) {
    std::vector<std::string> found;
    RETURN_IF_ERROR(FromRocks(rocksdb::DB::ListColumnFamilies(
        rocksdb::DBOptions(DatabaseOptions(options)), options.path, &found)));
    for (const std::string& name : found) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      return Error(absl::StatusCode::kFailedPrecondition, "store.level_too_high",
                   absl::StrCat("The store's folder was written by a newer release: it has the "
                                "unknown table ",
                                name, "."));
    }
  }
  Columns columns;
  for (const std::string& name : names) {
    columns.emplace_back(name, TableOptions(name, options.cache));
  }
  return columns;
}

rocksdb::Status TryOpen(const RocksOptions& options, const Columns& columns, WALRecoveryMode mode,
                        OpenedRocks& opened) {
  rocksdb::DBOptions db_options = DatabaseOptions(options);
  db_options.wal_recovery_mode = mode;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(db_options, options.path, columns, &opened.handles, &db);
  opened.db.reset(db);
  return status;
}

// The head that a reader of this mode finds, without changing a file.
absl::StatusOr<uint64_t> HeadSeen(const RocksOptions& options, const Columns& columns,
                                  WALRecoveryMode mode, const std::shared_ptr<DamageLog>& log) {
  rocksdb::DBOptions db_options = DatabaseOptions(options);
  db_options.wal_recovery_mode = mode;
  db_options.info_log = log;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  RETURN_IF_ERROR(FromRocks(
      rocksdb::DB::OpenForReadOnly(db_options, options.path, columns, &handles, &db)));
  const std::unique_ptr<rocksdb::DB> owned(db);
  std::string value;
  const rocksdb::Status status = db->Get({}, handles[0], ToSlice(schema::kHeadKey), &value);
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  if (status.IsNotFound()) return 0;
  RETURN_IF_ERROR(FromRocks(status));
  const auto head = schema::DecodeHead(value);
  return head.has_value() ? head->position : 0;
}

// Whether the damage that `first` tells of is the torn tail of a write that nobody was told of.
absl::Status RefuseUnlessTorn(const RocksOptions& options, const Columns& columns,
                              const rocksdb::Status& first) {
  const auto log = std::make_shared<DamageLog>();
  const auto before = HeadSeen(options, columns, WALRecoveryMode::kPointInTimeRecovery, log);
  const auto behind = HeadSeen(options, columns, WALRecoveryMode::kSkipAnyCorruptedRecords, log);
  // Damage elsewhere than in the write-ahead log stops every reader; its status names the file.
  if (log->found().empty() || !before.ok() || !behind.ok()) return FromRocks(first);
  if (*behind > *before) {
    return DamagedError(absl::StrCat(log->found(), " (events up to position ", *behind,
                                     " stand behind it, up to ", *before, " before it)"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OpenedRocks> OpenRocks(const RocksOptions& options) {
  rocksdb::Env& env = options.env == nullptr ? *rocksdb::Env::Default() : *options.env;
  std::error_code error;
  std::filesystem::create_directories(options.path, error);
  if (error) return UnavailableError(absl::StrCat(options.path, ": ", error.message()));
  ASSIGN_OR_RETURN(const Columns columns, ListColumns(options, env));
  OpenedRocks opened;
  rocksdb::Status status =
      TryOpen(options, columns, WALRecoveryMode::kTolerateCorruptedTailRecords, opened);
  if (status.IsCorruption()) {
    RETURN_IF_ERROR(RefuseUnlessTorn(options, columns, status));
    status = TryOpen(options, columns, WALRecoveryMode::kPointInTimeRecovery, opened);
  }
  RETURN_IF_ERROR(FromRocks(status));
  return opened;
}

}  // namespace muniment::eventstore
