#include "eventstore/rocksdb/database.h"

#include <rocksdb/cache.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"
#include "eventstore/import.h"
#include "eventstore/rocksdb/recovery.h"
#include "eventstore/rocksdb/tuning.h"

namespace muniment::eventstore {
namespace {

constexpr int kCatchUps = 50;

// In order.
absl::StatusOr<std::vector<std::string>> WriteAheadLogs(rocksdb::DB& db) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(FromRocks(db.GetEnv()->GetChildren(db.GetName(), &names)));
  std::erase_if(names, [](const std::string& name) { return !absl::EndsWith(name, ".log"); });
  std::sort(names.begin(), names.end());
  return names;
}

// Clients are told what fails, and not where on the server's disk.
std::string WithoutFolders(const std::string& text) {
  std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  for (absl::string_view& word : words) {
    if (absl::StartsWith(word, "/")) word = word.substr(word.rfind('/') + 1);
  }
  return absl::StrJoin(words, " ");
}

}  // namespace

absl::Status DamagedError(absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "store.damaged", absl::StrCat("Damaged: ", what));
}

absl::Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) {
    // A missing table file is told by the old ending, which RocksDB tries last.
    return DamagedError(absl::StrReplaceAll(status.ToString(), {{".ldb", ".sst"}}));
  }
  return UnavailableError(WithoutFolders(status.ToString()));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const RocksOptions& options) {
  RocksOptions known = options;
  if (known.cache == nullptr) known.cache = rocksdb::NewLRUCache(32 << 20);
  ASSIGN_OR_RETURN(OpenedRocks opened, OpenRocks(known));
  std::unique_ptr<Database> database(new Database);
  database->db_ = std::move(opened.db);
  RETURN_IF_ERROR(database->Adopt(opened.handles));
  RETURN_IF_ERROR(database->LoadMeta());
  if (options.importing) return database;
  RETURN_IF_ERROR(database->CheckWhole());
  RETURN_IF_ERROR(database->CheckMark(options));
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Follow(const RocksOptions& options,
                                                           const std::string& scratch) {
  RocksOptions known = options;
  if (known.cache == nullptr) known.cache = rocksdb::NewLRUCache(32 << 20);
  rocksdb::DBOptions db_options = DatabaseOptions(known);
  // The files of the other process go when it likes; those that are open stay.
  db_options.max_open_files = -1;
  db_options.create_if_missing = false;
  db_options.create_missing_column_families = false;
  if (!db_options.env->FileExists(known.path + "/CURRENT").ok()) {
    return Error(absl::StatusCode::kNotFound, "store.not_founded",
                 absl::StrCat("There is no store in ", known.path, "."));
  }
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      FromRocks(rocksdb::DB::ListColumnFamilies(db_options, known.path, &names)));
  std::vector<rocksdb::ColumnFamilyDescriptor> columns;
  for (const std::string& name : names) columns.emplace_back(name, TableOptions(name, known.cache));
  std::unique_ptr<Database> database(new Database);
  database->any_ = options.importing;
  rocksdb::DB* db = nullptr;
  std::vector<Handle> handles;
  const absl::Status opened = FromRocks(
      rocksdb::DB::OpenAsSecondary(db_options, known.path, scratch, columns, &handles, &db));
  if (absl::IsDataLoss(opened)) RETURN_IF_ERROR(NameDamage(known, opened));
  RETURN_IF_ERROR(opened);
  database->db_.reset(db);
  RETURN_IF_ERROR(database->Adopt(handles));
  for (const Handle handle : database->all()) {
    if (handle == nullptr) return DamagedError("a table of the store is missing");
  }
  const absl::Status caught_up = database->CatchUp();
  if (absl::IsDataLoss(caught_up)) RETURN_IF_ERROR(NameDamage(known, caught_up));
  RETURN_IF_ERROR(caught_up);
  RETURN_IF_ERROR(database->CheckMark(known));
  return database;
}

absl::Status Database::CatchUp() {
  // First the files that are flushed are learned of, then the write-ahead logs are read: one that
  // goes in between leaves the tables at different moments.
  for (int i = 0; i < kCatchUps; ++i) {
    ASSIGN_OR_RETURN(const std::vector<std::string> before, WriteAheadLogs(*db_));
    RETURN_IF_ERROR(FromRocks(db_->TryCatchUpWithPrimary()));
    ASSIGN_OR_RETURN(const std::vector<std::string> after, WriteAheadLogs(*db_));
    if (std::includes(after.begin(), after.end(), before.begin(), before.end())) return Reread();
  }
  return UnavailableError("The log is flushed too often to be read beside its server.");
}

absl::Status Database::Reread() {
  ASSIGN_OR_RETURN(const auto format, Get(schema::kMeta, schema::kFormatKey));
  if (!format.has_value()) {
    return Error(absl::StatusCode::kNotFound, "store.not_founded", "The store has no events yet.");
  }
  RETURN_IF_ERROR(LoadMeta());
  return CheckWhole();
}

Database::~Database() {
  if (db_ == nullptr) return;
  for (const Handle handle : all()) {
    // A handle that is null was not found by Adopt, which then failed.
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle);
  }
  db_->Close();
}

absl::Status Database::Adopt(const std::vector<Handle>& handles) {
  logs_.emplace_back(FOREVER, nullptr);
  for (const Keep keep : schema::ExpiringKeeps()) logs_.emplace_back(keep, nullptr);
  for (const Handle handle : handles) {
    bool known = false;
    for (int table = 0; table < schema::kTables; ++table) {
      if (handle->GetName() != schema::TableName(static_cast<schema::Table>(table))) continue;
      tables_[table] = handle;
      known = true;
    }
    for (auto& [keep, segment] : logs_) {
      if (keep == FOREVER || handle->GetName() != schema::SegmentName(keep)) continue;
      segment = handle;
      known = true;
    }
    if (!known) db_->DestroyColumnFamilyHandle(handle);
  }
  logs_[0].second = tables_[schema::kLog];
  return absl::OkStatus();
}

absl::Status Database::LoadMeta() {
  ASSIGN_OR_RETURN(const auto format, Get(schema::kMeta, schema::kFormatKey));
  ASSIGN_OR_RETURN(const auto head, Get(schema::kMeta, schema::kHeadKey));
  if (!format.has_value() && !head.has_value()) {
    rocksdb::WriteBatch batch;
    batch.Put(tables_[schema::kMeta], ToSlice(schema::kFormatKey), schema::U64(schema::kFormat));
    batch.Put(tables_[schema::kMeta], ToSlice(schema::kEpochKey), schema::U64(1));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    RETURN_IF_ERROR(FromRocks(db_->Write(synced, &batch)));
    epoch_ = 1;
    return absl::OkStatus();
  }
  if (!format.has_value() || schema::DecodeU64(*format) != schema::kFormat) {
    return Error(absl::StatusCode::kFailedPrecondition, "store.level_too_high",
                 "The store's folder was written by a newer release.");
  }
  ASSIGN_OR_RETURN(epoch_, GetNumber(schema::kMeta, schema::kEpochKey));
  ASSIGN_OR_RETURN(const auto import, Get(schema::kMeta, schema::kImportKey));
  importing_ = import.has_value();
  ASSIGN_OR_RETURN(const auto importer, Get(schema::kMeta, schema::kImporterKey));
  importer_ = importer.value_or("");
  if (!head.has_value()) return absl::OkStatus();
  const auto decoded = schema::DecodeHead(*head);
  if (!decoded.has_value()) return DamagedError("the head of the log does not parse");
  head_ = *decoded;
  return absl::OkStatus();
}

absl::Status Database::CheckWhole() const {
  return importing_ && !any_ ? UnfinishedError(db_->GetName(), importer_) : absl::OkStatus();
}

absl::Status Database::CheckMark(const RocksOptions& options) {
  const AcknowledgedMark& mark = options.mark;
  if (options.restored) {
    epoch_ = std::max(epoch_, mark.epoch) + 1;
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return FromRocks(db_->Put(synced, tables_[schema::kMeta], ToSlice(schema::kEpochKey),
                              schema::U64(epoch_)));
  }
  if (epoch_ > mark.epoch || head_.position >= mark.position) return absl::OkStatus();
  return DamagedError(absl::StrCat(
      options.path, ": the log ends at ", head_.position, " of epoch ", epoch_,
      ", but was acknowledged up to ", mark.position, " of epoch ", mark.epoch));
}

Database::Handle Database::log(Keep keep) const {
  for (const auto& [known, handle] : logs_) {
    if (known == keep) return handle;
  }
  return nullptr;
}

std::vector<Database::Handle> Database::all() const {
  std::vector<Handle> handles(tables_.begin(), tables_.end());
  for (size_t i = 1; i < logs_.size(); ++i) handles.push_back(logs_[i].second);
  return handles;
}

absl::StatusOr<std::optional<std::string>> Database::Get(schema::Table table,
                                                         absl::string_view key) {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get({}, tables_[table], ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  RETURN_IF_ERROR(FromRocks(status));
  return value.ToString();
}

absl::StatusOr<uint64_t> Database::GetNumber(schema::Table table, absl::string_view key) {
  ASSIGN_OR_RETURN(const auto value, Get(table, key));
  if (!value.has_value()) return 0;
  const auto number = schema::DecodeU64(*value);
  if (!number.has_value()) return DamagedError(schema::TableName(table));
  return *number;
}

absl::StatusOr<std::optional<StoredEvent>> Database::GetEvent(const schema::Place& place) {
  const Handle handle = log(place.keep);
  if (handle == nullptr) return DamagedError("an event of an unknown class");
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get({}, handle, schema::U64(place.position), &value);
  if (status.IsNotFound() && place.keep != FOREVER) return std::nullopt;
  if (status.IsNotFound()) {
    return DamagedError(absl::StrCat("the event at position ", place.position, " is missing"));
  }
  RETURN_IF_ERROR(FromRocks(status));
  ASSIGN_OR_RETURN(StoredEvent event, ParseStored(place.position, place.keep, ToView(value)));
  return event;
}

absl::Status Database::Visit(
    schema::Table table, absl::string_view prefix,
    absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit) {
  const std::string end = schema::PrefixEnd(prefix);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, tables_[table]));
  for (it->Seek(ToSlice(prefix)); it->Valid(); it->Next()) {
    if (!visit(ToView(it->key()), ToView(it->value()))) break;
  }
  return FromRocks(it->status());
}

absl::StatusOr<std::shared_ptr<Database>> DatabaseSlot::Acquire() const {
  absl::ReaderMutexLock lock(&mutex_);
  if (!damage_.ok()) return damage_;
  if (database_ == nullptr) return why_;
  return database_;
}

absl::Status DatabaseSlot::Judge(absl::Status status) {
  if (!absl::IsDataLoss(status)) return status;
  absl::MutexLock lock(&mutex_);
  if (damage_.ok()) damage_ = status;
  return status;
}

void DatabaseSlot::Put(std::unique_ptr<Database> database) {
  auto closed = std::make_shared<absl::Notification>();
  absl::MutexLock lock(&mutex_);
  closed_ = closed;
  database_ = std::shared_ptr<Database>(database.release(), [closed](Database* last) {
    delete last;
    closed->Notify();
  });
}

std::shared_ptr<absl::Notification> DatabaseSlot::Take(const absl::Status& why) {
  std::shared_ptr<Database> database;
  absl::MutexLock lock(&mutex_);
  why_ = why;
  // Destroyed after the lock is given back: closing takes long.
  database.swap(database_);
  return closed_;
}

void DatabaseSlot::Explain(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  why_ = why;
}

}  // namespace muniment::eventstore
