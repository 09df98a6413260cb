#include "eventstore/rocksdb/import.h"

#include <rocksdb/env.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"
#include "eventstore/rocksdb/retention.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kBatchBytes = 4 << 20;

absl::Status NotEmpty(const std::string& path, absl::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, "import.not_empty",
               absl::StrCat(path, " holds ", what, "; it takes an empty place."));
}

// Where a database stands before it has its mark and after it was abandoned.
std::string Aside(const std::string& path) { return path + ".new"; }

absl::Status RemoveFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? UnavailableError(absl::StrCat(path, ": ", error.message())) : absl::OkStatus();
}

// In place of an empty folder or of none; on the disk when this returns.
absl::Status MoveFolder(const RocksOptions& options, const std::string& from,
                        const std::string& to) {
  rocksdb::Env& env = options.env == nullptr ? *rocksdb::Env::Default() : *options.env;
  RETURN_IF_ERROR(FromRocks(env.RenameFile(from, to)));
  const std::filesystem::path parent = std::filesystem::path(to).parent_path();
  std::unique_ptr<rocksdb::Directory> folder;
  RETURN_IF_ERROR(
      FromRocks(env.NewDirectory(parent.empty() ? "." : parent.string(), &folder)));
  return FromRocks(folder->Fsync());
}

absl::Status WriteSynced(Database& database, rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  return FromRocks(database.db().Write(synced, &batch));
}

absl::Status Mark(Database& database) {
  rocksdb::WriteBatch batch;
  batch.Put(database.table(schema::kMeta), ToSlice(schema::kImportKey), schema::U64(0));
  return WriteSynced(database, batch);
}

void StageUnmark(Database& database, rocksdb::WriteBatch& batch) {
  batch.Delete(database.table(schema::kMeta), ToSlice(schema::kImportKey));
  batch.Delete(database.table(schema::kMeta), ToSlice(schema::kImporterKey));
}

// An empty database with the mark in it, whole or not there.
absl::Status MakeMarked(const RocksOptions& options) {
  RocksOptions aside = options;
  aside.path = Aside(options.path);
  RETURN_IF_ERROR(RemoveFolder(aside.path));
  {
    ASSIGN_OR_RETURN(const auto database, Database::Open(aside));
    RETURN_IF_ERROR(Mark(*database));
  }
  return MoveFolder(options, aside.path, options.path);
}

}  // namespace

// Puts a row where a store looks for it.
struct RocksImporter::Stage {
  Database& database;
  rocksdb::WriteBatch& batch;

  void operator()(const StreamHead& row) const {
    batch.Put(database.table(schema::kHeads), row.stream, schema::U64(row.version));
  }
  void operator()(const InstanceSequence& row) const {
    batch.Put(database.table(schema::kMeta), schema::InstanceKey(row.instance),
              schema::U64(row.sequence));
  }
  void operator()(const StandingClaim& row) const {
    const std::string claim = absl::StrCat(schema::U64(row.instance), row.key);
    const std::string slot = absl::StrCat(row.stream, row.slot);
    batch.Put(database.table(schema::kClaims), claim, slot);
    batch.Put(database.table(schema::kSlots), slot, claim);
  }
  void operator()(const DataKey& key) const {
    const auto table = database.table(schema::kKeys);
    batch.Put(table, schema::DataKeyKey(key.instance, key.id), schema::EncodeDataKey(key));
    batch.Put(table, schema::SubjectPrefix(key.instance, key.subject) + key.id, "");
  }
  void operator()(const ErasedSubject& row) const {
    batch.Put(database.table(schema::kKeys), schema::ErasedKey(row.instance, row.subject), "");
  }
};

absl::StatusOr<std::unique_ptr<RocksImporter>> RocksImporter::Open(const RocksOptions& options) {
  RocksOptions importing = options;
  importing.importing = true;
  Own own = Own::kNothing;
  std::error_code ignored;
  // A link stays one: what it leads to is filled.
  importing.path = std::filesystem::weakly_canonical(options.path, ignored).string();
  if (ignored) importing.path = options.path;
  if (!std::filesystem::exists(importing.path + "/CURRENT", ignored)) {
    const bool folder = std::filesystem::exists(importing.path, ignored);
    if (folder && !std::filesystem::is_empty(importing.path, ignored)) {
      return NotEmpty(importing.path, "files that are no log");
    }
    RETURN_IF_ERROR(MakeMarked(importing));
    own = folder ? Own::kDatabase : Own::kFolder;
  }
  ASSIGN_OR_RETURN(auto database, Database::Open(importing));
  ASSIGN_OR_RETURN(const auto begun, database->Get(schema::kMeta, schema::kImportKey));
  const std::optional<uint64_t> last = schema::DecodeU64(begun.value_or(schema::U64(0)));
  if (!last.has_value()) return DamagedError("the import's mark does not parse");
  if (!begun.has_value()) {
    if (database->head().position > 0) return NotEmpty(importing.path, "a log");
    RETURN_IF_ERROR(Mark(*database));
    own = Own::kMark;
  }
  return std::unique_ptr<RocksImporter>(
      new RocksImporter(importing, std::move(database), *last, own));
}

RocksImporter::RocksImporter(const RocksOptions& options, std::unique_ptr<Database> database,
                             uint64_t last, Own own)
    : options_(options),
      database_(std::move(database)),
      written_(*database_),
      last_(last),
      own_(own) {}

absl::Status RocksImporter::SetCommand(absl::string_view command) {
  ASSIGN_OR_RETURN(const auto named, database_->Get(schema::kMeta, schema::kImporterKey));
  if (named.has_value() && *named != command) return UnfinishedError(options_.path, *named);
  rocksdb::WriteBatch batch;
  batch.Put(database_->table(schema::kMeta), ToSlice(schema::kImporterKey), ToSlice(command));
  return WriteSynced(*database_, batch);
}

absl::Status RocksImporter::AddEvent(const StoredEvent& event) {
  ASSIGN_OR_RETURN(const StreamPlace in_stream, PlaceOf(event));
  if (database_->log(event.keep) == nullptr) {
    return DamagedError(absl::StrCat("the event at position ", event.position, " has no class"));
  }
  const std::string position = schema::U64(event.position);
  const std::string envelope = EncodeEnvelope(event.instance, event.sequence, event.created_at);
  const rocksdb::Slice key(position);
  const std::array<rocksdb::Slice, 2> value = {rocksdb::Slice(envelope),
                                               rocksdb::Slice(event.body)};
  batch_.Put(database_->log(event.keep), rocksdb::SliceParts(&key, 1),
             rocksdb::SliceParts(value.data(), value.size()));
  const std::string place = schema::EncodePlace({event.position, event.keep});
  batch_.Put(database_->table(schema::kStreams),
             schema::StreamVersionKey(EncodeStream(in_stream.stream), in_stream.version), place);
  batch_.Put(database_->table(schema::kSequences),
             schema::SequenceKey(event.instance, event.sequence), place);
  if (event.keep != FOREVER) RETURN_IF_ERROR(StageDay(event));
  last_ = event.position;
  return WriteIfLarge();
}

absl::Status RocksImporter::StageDay(const StoredEvent& event) {
  const uint32_t day = DayOf(event.created_at);
  const auto [last, first_of_class] = last_day_.try_emplace(event.keep, day);
  if (!first_of_class && last->second == day) return absl::OkStatus();
  last->second = day;
  const std::string row = schema::DayKey(event.keep, day);
  ASSIGN_OR_RETURN(const auto standing, database_->Get(schema::kMeta, row));
  if (!standing.has_value()) {
    batch_.Put(database_->table(schema::kMeta), row, schema::U64(event.position));
  }
  return absl::OkStatus();
}

absl::Status RocksImporter::Clear(RowKind kind) {
  RETURN_IF_ERROR(Flush());
  switch (kind) {
    case kHeadRows:
      return ClearPrefix(schema::kHeads, "");
    case kSequenceRows:
      return ClearPrefix(schema::kMeta, "i");
    case kClaimRows:
      RETURN_IF_ERROR(ClearPrefix(schema::kClaims, ""));
      return ClearPrefix(schema::kSlots, "");
    case kKeyRows:
      RETURN_IF_ERROR(ClearPrefix(schema::kKeys, "k"));
      return ClearPrefix(schema::kKeys, "s");
    case kErasedRows:
    case kRowKinds:
      break;
  }
  return ClearPrefix(schema::kKeys, "e");
}

absl::Status RocksImporter::ClearPrefix(schema::Table table, absl::string_view prefix) {
  absl::Status status;
  RETURN_IF_ERROR(
      database_->Visit(table, prefix, [&](absl::string_view key, absl::string_view) {
        batch_.Delete(database_->table(table), ToSlice(key));
        cleared_keys_ |= table == schema::kKeys;
        status = WriteIfLarge();
        return status.ok();
      }));
  RETURN_IF_ERROR(status);
  return Flush();
}

absl::Status RocksImporter::AddRow(const Row& row) {
  std::visit(Stage{*database_, batch_}, row);
  return WriteIfLarge();
}

absl::Status RocksImporter::WriteIfLarge() {
  return batch_.GetDataSize() < kBatchBytes ? absl::OkStatus() : Flush();
}

absl::Status RocksImporter::Flush() {
  if (batch_.Count() == 0) return absl::OkStatus();
  own_ = Own::kNothing;
  batch_.Put(database_->table(schema::kMeta), ToSlice(schema::kImportKey), schema::U64(last_));
  // A killed process loses nothing that was given to the kernel; a machine that fails loses the
  // end of what is repeated anyway.
  RETURN_IF_ERROR(FromRocks(database_->db().Write({}, &batch_)));
  batch_.Clear();
  return absl::OkStatus();
}

absl::Status RocksImporter::SetEnd(const LogEnd& end) {
  RETURN_IF_ERROR(Flush());
  own_ = Own::kNothing;
  // Keys of a former run may have been destroyed since.
  if (cleared_keys_) RETURN_IF_ERROR(PurgeKeys(*database_));
  RETURN_IF_ERROR(FromRocks(database_->db().Flush({}, database_->all())));
  const auto meta = database_->table(schema::kMeta);
  rocksdb::WriteBatch batch;
  batch.Put(meta, ToSlice(schema::kEpochKey), schema::U64(end.epoch));
  batch.Put(meta, ToSlice(schema::kHeadKey), schema::EncodeHead({end.position, end.stamp}));
  return WriteSynced(*database_, batch);
}

absl::Status RocksImporter::Finish() {
  rocksdb::WriteBatch batch;
  StageUnmark(*database_, batch);
  return WriteSynced(*database_, batch);
}

absl::Status RocksImporter::Abandon() {
  const Own own = std::exchange(own_, Own::kNothing);
  if (own == Own::kNothing) return absl::OkStatus();
  if (own == Own::kMark) {
    rocksdb::WriteBatch batch;
    StageUnmark(*database_, batch);
    return WriteSynced(*database_, batch);
  }
  database_.reset();
  // It goes as it came: whole.
  RETURN_IF_ERROR(MoveFolder(options_, options_.path, Aside(options_.path)));
  RETURN_IF_ERROR(RemoveFolder(Aside(options_.path)));
  if (own == Own::kFolder) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directory(options_.path, error);
  return error ? UnavailableError(absl::StrCat(options_.path, ": ", error.message()))
               : absl::OkStatus();
}

}  // namespace muniment::eventstore
