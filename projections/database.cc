#include "projections/database.h"

#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/error.h"
#include "eventstore/rocksdb/quiet_log.h"
#include "projections/bulk_index.h"
#include "projections/database_rep.h"
#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"
#include "rocksdb/write_buffer_manager.h"

namespace muniment::projections {
namespace {

using google::protobuf::Message;

// Raised when the layout of keys or meta changes; another one is dropped and folded again.
constexpr char kFormat[] = "2";
constexpr size_t kOwnCacheBytes = 64 << 20;
constexpr size_t kWalBytes = 64 << 20;
// Of a key: its head, an index's ordinal, and a trigram's or an id's first bytes.
constexpr size_t kHintBytes = kKeyHeadBytes + 1 + 4;

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, bool bulk,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.format_version = 5;
  table.block_size = 8 << 10;
  // Bloom filters pay where single keys are looked up that may be absent.
  if (family == kRows) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  const bool large = family == kRows || family == kIndex || family == kHistory;
  // Ids grow, so what shares a trigram, an organization or a table comes in order: an insertion
  // begins where the last one of its kind ended.
  if (family == kIndex || family == kRows) {
    options.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewCappedPrefixTransform(kHintBytes));
  }
  options.write_buffer_size = bulk && large ? 64 << 20 : large ? 16 << 20 : 4 << 20;
  if (bulk) {
    options.level0_file_num_compaction_trigger = 8;
    options.level0_slowdown_writes_trigger = 64;
    options.level0_stop_writes_trigger = 128;
    options.max_write_buffer_number = 4;
  }
  return options;
}

rocksdb::DBOptions MainOptions(bool bulk) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_total_wal_size = kWalBytes;
  options.max_background_jobs = 2;
  options.info_log = eventstore::QuietLog::New();
  // The MANIFEST names keys, and keys hold names: it is begun anew with each change of files, so that
  // it names those that there are.
  options.max_manifest_file_size = 1;
  options.avoid_flush_during_shutdown = !bulk;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

// "" when there is no such key.
absl::StatusOr<std::string> ReadMeta(const Disk& disk, absl::string_view key) {
  std::string value;
  const rocksdb::Status status =
      disk.db->Get(rocksdb::ReadOptions(), disk.families[kMeta], ToSlice(key), &value);
  if (status.IsNotFound()) return std::string();
  RETURN_IF_ERROR(FromRocks(status));
  return value;
}

absl::Status PutMeta(const Disk& disk, absl::string_view key, absl::string_view value) {
  return FromRocks(
      disk.db->Put(rocksdb::WriteOptions(), disk.families[kMeta], ToSlice(key), ToSlice(value)));
}

// A fresh directory gets its marks; one that we cannot read as it stands is refused.
absl::Status Prepare(const DatabaseOptions& options, const Disk& disk) {
  ASSIGN_OR_RETURN(const std::string format, ReadMeta(disk, kFormatKey));
  ASSIGN_OR_RETURN(const std::string bulk, ReadMeta(disk, kBulkKey));
  if (!bulk.empty() || (options.bulk && !format.empty())) {
    return Error(absl::StatusCode::kFailedPrecondition, "models.unfinished",
                 "The read models in " + options.path + " were not finished.");
  }
  if (!format.empty() && format != kFormat) {
    return Error(absl::StatusCode::kFailedPrecondition, "models.other_format",
                 "The read models in " + options.path + " have another format.");
  }
  if (!format.empty() || options.read_only) return absl::OkStatus();
  if (options.bulk) RETURN_IF_ERROR(PutMeta(disk, kBulkKey, "1"));
  return PutMeta(disk, kFormatKey, kFormat);
}

absl::StatusOr<std::shared_ptr<const Published>> FirstPublished(const DatabaseRep& rep) {
  auto published = std::make_shared<Published>();
  published->snapshot = std::make_shared<Snapshot>(rep.disk);
  ASSIGN_OR_RETURN(const std::string checkpoint, ReadMeta(*rep.disk, kCheckpointKey));
  if (!checkpoint.empty()) {
    if (checkpoint.size() < 16) return Damaged("checkpoint");
    published->checkpoint = {ReadU64(checkpoint), ReadU64(absl::string_view(checkpoint).substr(8)),
                             checkpoint.substr(16)};
  }
  std::array<Sequences, kSequenceParts> parts;
  std::unique_ptr<rocksdb::Iterator> it(
      rep.disk->db->NewIterator(rocksdb::ReadOptions(), rep.family(kMeta)));
  for (it->Seek("s"); it->Valid() && it->key().size() == 9 && it->key()[0] == 's'; it->Next()) {
    const uint64_t instance = ReadU64(FromSlice(it->key()).substr(1));
    if (it->value().size() != 8) return Damaged("sequence");
    parts[instance % kSequenceParts][instance] = ReadU64(FromSlice(it->value()));
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  for (size_t i = 0; i < kSequenceParts; ++i) {
    published->sequences[i] = std::make_shared<const Sequences>(std::move(parts[i]));
  }
  for (const TablePlan* table : rep.tables) {
    ASSIGN_OR_RETURN(const TableRecord record, ReadRecord(*rep.disk, TableKey(table->number())));
    TableState state;
    if (record.generation != 0) state.generation = record.generation;
    published->tables.push_back(state);
  }
  return published;
}

bool KnowsOwners(const DatabaseRep& rep) {
  return rep.Has(TablePlan::Of<row::v1::Org>()) && rep.Has(TablePlan::Of<row::v1::OrgDomain>()) &&
         rep.Has(TablePlan::Of<row::v1::DomainPolicy>()) &&
         rep.Has(TablePlan::Of<row::v1::InstanceDomain>()) &&
         rep.Has(TablePlan::Of<row::v1::Member>());
}

}  // namespace

const std::array<const char*, kFamilies> kFamilyNames = {"default",  "rows",    "index",
                                                         "counters", "history", "tree"};

Disk::~Disk() {
  for (rocksdb::ColumnFamilyHandle* family : families) {
    if (family != nullptr) db->DestroyColumnFamilyHandle(family);
  }
}

absl::StatusOr<std::shared_ptr<Disk>> OpenDisk(const DatabaseOptions& options) {
  std::shared_ptr<rocksdb::Cache> cache = options.cache;
  if (cache == nullptr) cache = rocksdb::NewLRUCache(kOwnCacheBytes);
  std::error_code ignored;
  const bool follows = !options.follow.empty();
  if (!options.read_only && !follows) std::filesystem::create_directories(options.path, ignored);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (int i = 0; i < kFamilies; ++i) {
    families.emplace_back(kFamilyNames[i],
                          FamilyOptions(static_cast<Family>(i), options.bulk, cache));
  }
  auto disk = std::make_shared<Disk>();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  rocksdb::DBOptions main = MainOptions(options.bulk);
  // A follower keeps open what the other may delete.
  if (follows) main.max_open_files = -1;
  RETURN_IF_ERROR(FromRocks(
      follows ? rocksdb::DB::OpenAsSecondary(main, options.path, options.follow, families, &handles,
                                             &db)
      : options.read_only
          ? rocksdb::DB::OpenForReadOnly(main, options.path, families, &handles, &db)
                        : rocksdb::DB::Open(main, options.path, families, &handles, &db)));
  disk->db.reset(db);
  disk->follows = follows;
  std::copy(handles.begin(), handles.end(), disk->families.begin());
  return disk;
}

// ------------------------------------------------------------------------------------ rep

bool DatabaseRep::Has(const TablePlan& table) const {
  return table.number() < slots.size() && slots[table.number()] >= 0;
}

size_t DatabaseRep::Slot(const TablePlan& table) const {
  MUNIMENT_CHECK(Has(table));
  return static_cast<size_t>(slots[table.number()]);
}

std::shared_ptr<const Published> DatabaseRep::Current() const {
  absl::MutexLock lock(&mutex);
  return published;
}

void DatabaseRep::Publish(std::shared_ptr<const Published> next) {
  // The old one, and with it perhaps its snapshot, goes after the lock does.
  absl::MutexLock lock(&mutex);
  published.swap(next);
}

std::shared_ptr<const Published> DatabaseRep::WithTables(std::vector<TableState> states) const {
  auto next = std::make_shared<Published>(*Current());
  next->snapshot = std::make_shared<Snapshot>(disk);
  next->tables = std::move(states);
  return next;
}

void DatabaseRep::PublishTables(std::vector<TableState> states) {
  Publish(WithTables(std::move(states)));
}

rocksdb::WriteOptions DatabaseRep::write_options() const {
  rocksdb::WriteOptions options;
  options.disableWAL = bulk;
  return options;
}

absl::Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) {
    return Error(absl::StatusCode::kDataLoss, "models.damaged", status.ToString());
  }
  return Error(absl::StatusCode::kUnavailable, "models.unavailable", status.ToString());
}

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "models.damaged",
               "The read models hold bytes that are no " + std::string(what) + " of ours.");
}

std::string SequenceKey(uint64_t instance) {
  std::string key = "s";
  AppendU64(instance, &key);
  return key;
}

std::string TableKey(uint16_t table) {
  std::string key = "t";
  AppendU16(table, &key);
  return key;
}

std::string BuildKey(uint16_t table) {
  std::string key = "b";
  AppendU16(table, &key);
  return key;
}

std::string EncodeCheckpoint(const Checkpoint& checkpoint) {
  std::string value;
  AppendU64(checkpoint.epoch, &value);
  AppendU64(checkpoint.position, &value);
  value.append(checkpoint.hash);
  return value;
}

std::string EncodeRecord(const TableRecord& record) {
  std::string value;
  AppendU32(record.generation, &value);
  value.append(record.identity);
  return value;
}

absl::StatusOr<TableRecord> ReadRecord(const Disk& disk, absl::string_view key) {
  ASSIGN_OR_RETURN(const std::string value, ReadMeta(disk, key));
  if (value.empty()) return TableRecord();
  if (value.size() < 4) return Damaged("table record");
  return TableRecord{ReadU32(value), value.substr(4)};
}

absl::Status ParseRow(const TablePlan& table, absl::string_view value, uint64_t* from,
                      Message* row) {
  if (table.history()) {
    if (value.size() < 8) return Damaged("row");
    *from = ReadU64(value);
    value.remove_prefix(8);
  }
  if (!row->ParseFromArray(value.data(), static_cast<int>(value.size()))) return Damaged("row");
  return absl::OkStatus();
}

void AppendRow(const TablePlan& table, uint64_t from, const Message& row, std::string* value) {
  if (table.history()) AppendU64(from, value);
  row.AppendToString(value);
}

absl::Status ParseVersion(absl::string_view value, uint64_t* to, Message* row) {
  if (value.size() < 8) return Damaged("version of a row");
  *to = ReadU64(value);
  value.remove_prefix(8);
  if (!row->ParseFromArray(value.data(), static_cast<int>(value.size()))) return Damaged("row");
  return absl::OkStatus();
}

std::unique_ptr<Message> NewRow(const TablePlan& table) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(table.row())->New());
}

std::string FrontierKey(uint64_t instance) {
  std::string key = "f";
  AppendU64(instance, &key);
  return key;
}

std::string LeafKey(uint64_t instance, uint64_t index) {
  std::string key = "l";
  AppendU64(instance, &key);
  AppendU64(index, &key);
  return key;
}

// ------------------------------------------------------------------------------------ database

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options,
                                                         std::vector<const TablePlan*> tables) {
  auto rep = std::make_shared<DatabaseRep>();
  ASSIGN_OR_RETURN(rep->disk, OpenDisk(options));
  RETURN_IF_ERROR(Prepare(options, *rep->disk));
  rep->bulk = options.bulk;
  rep->tables = std::move(tables);
  for (size_t i = 0; i < rep->tables.size(); ++i) {
    const size_t number = rep->tables[i]->number();
    if (rep->slots.size() <= number) rep->slots.resize(number + 1, -1);
    MUNIMENT_CHECK(rep->slots[number] < 0);
    rep->slots[number] = static_cast<int>(i);
  }
  ASSIGN_OR_RETURN(const std::string removed, ReadMeta(*rep->disk, kRemovedKey));
  if (!removed.empty()) rep->removals.AddAll(removed);
  ASSIGN_OR_RETURN(auto published, FirstPublished(*rep));
  rep->Publish(std::move(published));
  std::unique_ptr<Database> database(new Database(std::move(rep)));
  if (KnowsOwners(database->rep())) {
    View view = database->Read();
    RETURN_IF_ERROR(database->rep().owners.Load(view));
  }
  return database;
}

Database::Database(std::shared_ptr<DatabaseRep> rep) : rep_(std::move(rep)) {}

Database::~Database() = default;

View Database::Read() const { return View(rep_, rep_->Current()); }

View Database::ReadAt(std::shared_ptr<const Published> at) const {
  return View(rep_, std::move(at));
}

Checkpoint Database::checkpoint() const { return rep_->Current()->checkpoint; }

const Owners& Database::owners() const { return rep_->owners; }

const std::vector<const TablePlan*>& Database::tables() const { return rep_->tables; }

std::vector<TableProgress> Database::Progress() const {
  const auto current = rep_->Current();
  std::vector<TableProgress> progress;
  for (size_t i = 0; i < rep_->tables.size(); ++i) {
    const TableState& state = current->tables[i];
    progress.push_back({rep_->tables[i]->name(), state.ready, state.done, state.total, state.eta});
  }
  return progress;
}

absl::Status Database::Finish() {
  MUNIMENT_CHECK(rep_->bulk);
  Disk& disk = *rep_->disk;
  const std::vector<rocksdb::ColumnFamilyHandle*> families(disk.families.begin() + 1,
                                                           disk.families.end());
  RETURN_IF_ERROR(WriteIndexes(*rep_, disk.db->GetName()));
  // All data first: the mark that says it counts is taken away last.
  RETURN_IF_ERROR(FromRocks(disk.db->Flush(rocksdb::FlushOptions(), families)));
  RETURN_IF_ERROR(FromRocks(disk.db->Flush(rocksdb::FlushOptions(), disk.families[kMeta])));
  rocksdb::WriteOptions synced;
  synced.sync = true;
  RETURN_IF_ERROR(FromRocks(disk.db->Delete(synced, disk.families[kMeta], kBulkKey)));
  RETURN_IF_ERROR(FromRocks(disk.db->Flush(rocksdb::FlushOptions(), disk.families[kMeta])));
  // What is written from now on has its entries and its write-ahead log.
  rep_->bulk = false;
  // Views taken before see no index.
  rep_->PublishTables(rep_->Current()->tables);
  return absl::OkStatus();
}

}  // namespace muniment::projections
