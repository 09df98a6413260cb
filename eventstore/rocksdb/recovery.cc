#include "eventstore/rocksdb/recovery.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/schema.h"
#include "eventstore/rocksdb/tuning.h"
#include "eventstore/rocksdb/wal_scan.h"

namespace muniment::eventstore {
namespace {

using Columns = std::vector<rocksdb::ColumnFamilyDescriptor>;
using rocksdb::WALRecoveryMode;

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

}  // namespace

absl::Status NameDamage(const RocksOptions& options, const absl::Status& found) {
  rocksdb::Env& env = options.env == nullptr ? *rocksdb::Env::Default() : *options.env;
  std::vector<std::string> names;
  RETURN_IF_ERROR(FromRocks(env.GetChildren(options.path, &names)));
  std::sort(names.begin(), names.end());  // numbers of a fixed width: oldest first
  std::string damage;
  for (const std::string& name : names) {
    if (!absl::EndsWith(name, ".log")) continue;
    std::string bytes;
    const std::string path = absl::StrCat(options.path, "/", name);
    RETURN_IF_ERROR(FromRocks(rocksdb::ReadFileToString(&env, path, &bytes)));
    const WalScan scan = ScanWal(bytes);
    if (damage.empty() && scan.damage.has_value()) {
      damage = absl::StrCat(path, ": changed at byte ", *scan.damage);
    }
    if (!damage.empty() && scan.record_behind) {
      return DamagedError(absl::StrCat(damage, ", whole records stand behind it"));
    }
  }
  // Damage elsewhere: the status names the file.
  return damage.empty() ? found : absl::OkStatus();
}

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
    RETURN_IF_ERROR(NameDamage(options, FromRocks(status)));
    status = TryOpen(options, columns, WALRecoveryMode::kPointInTimeRecovery, opened);
  }
  RETURN_IF_ERROR(FromRocks(status));
  return opened;
}

}  // namespace muniment::eventstore
