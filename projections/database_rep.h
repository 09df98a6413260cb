// What stands behind Database, for this folder alone: the open RocksDB, its column families, and
// the state that views are taken from.
//
// Threads: `disk` and `tables` never change once open. Everything published is immutable and
// swapped whole under `mutex`. One thread commits at a time (runner.h), another may build tables
// that no view reads yet.
#ifndef MUNIMENT_PROJECTIONS_DATABASE_REP_H_
#define MUNIMENT_PROJECTIONS_DATABASE_REP_H_

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "projections/database.h"
#include "projections/owners.h"
#include "projections/removals.h"
#include "rocksdb/db.h"
#include "rocksdb/iterator.h"
#include "rocksdb/snapshot.h"

namespace muniment::projections {

enum Family { kMeta, kRows, kIndex, kCounters, kHistory, kTree, kFamilies };

// Names of the column families, by Family; kMeta is RocksDB's default one.
extern const std::array<const char*, kFamilies> kFamilyNames;

// The open database. Snapshots hold it, so it closes after the last view.
struct Disk {
  ~Disk();

  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families{};
  // Of another process, which it sees as it was when it was opened.
  bool follows = false;
};

// Opens the files alone, without looking at what they hold.
absl::StatusOr<std::shared_ptr<Disk>> OpenDisk(const DatabaseOptions& options);

// Of one that follows there is none, nor is there need.
struct Snapshot {
  explicit Snapshot(std::shared_ptr<Disk> open)
      : disk(std::move(open)), at(disk->follows ? nullptr : disk->db->GetSnapshot()) {}
  ~Snapshot() {
    if (at != nullptr) disk->db->ReleaseSnapshot(at);
  }

  std::shared_ptr<Disk> disk;
  const rocksdb::Snapshot* at;
};

struct TableState {
  uint32_t generation = 1;
  bool ready = true;
  uint64_t done = 0;
  uint64_t total = 0;
  absl::Duration eta = absl::ZeroDuration();
};

// Newest applied sequences, in parts so that a commit copies little.
using Sequences = absl::flat_hash_map<uint64_t, uint64_t>;
inline constexpr size_t kSequenceParts = 64;

struct Published {
  std::shared_ptr<const Snapshot> snapshot;
  Checkpoint checkpoint;
  std::array<std::shared_ptr<const Sequences>, kSequenceParts> sequences;
  std::vector<TableState> tables;  // by slot
};

// What the database keeps of a table: which generation answers, and what it was folded by.
struct TableRecord {
  uint32_t generation = 0;
  std::string identity;
};

struct DatabaseRep {
  std::shared_ptr<Disk> disk;
  std::vector<const TablePlan*> tables;
  std::vector<int> slots;  // by table number; -1: no table of ours
  Owners owners;
  Removals removals;
  bool bulk = false;

  mutable absl::Mutex mutex;
  std::shared_ptr<const Published> published ABSL_GUARDED_BY(mutex);

  bool Has(const TablePlan& table) const;
  size_t Slot(const TablePlan& table) const;
  std::shared_ptr<const Published> Current() const;
  void Publish(std::shared_ptr<const Published> next);
  // Other states of tables over a snapshot of now; Publish makes them count.
  std::shared_ptr<const Published> WithTables(std::vector<TableState> states) const;
  void PublishTables(std::vector<TableState> states);

  rocksdb::ColumnFamilyHandle* family(Family which) const { return disk->families[which]; }
  rocksdb::WriteOptions write_options() const;
};

absl::Status FromRocks(const rocksdb::Status& status);
absl::Status Damaged(absl::string_view what);
inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view FromSlice(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// Keys of the meta family.
inline constexpr char kCheckpointKey[] = "checkpoint";
inline constexpr char kBulkKey[] = "bulk";
inline constexpr char kFormatKey[] = "format";
inline constexpr char kRemovedKey[] = "removed";  // there is something to purge
inline constexpr char kBuildPositionKey[] = "build";
std::string SequenceKey(uint64_t instance);
std::string TableKey(uint16_t table);
std::string BuildKey(uint16_t table);

std::string EncodeCheckpoint(const Checkpoint& checkpoint);
std::string EncodeRecord(const TableRecord& record);
// Empty when there is none.
absl::StatusOr<TableRecord> ReadRecord(const Disk& disk, absl::string_view key);

// Rows of tables with history carry the sequence they stand since before their bytes.
absl::Status ParseRow(const TablePlan& table, absl::string_view value, uint64_t* from,
                      google::protobuf::Message* row);
void AppendRow(const TablePlan& table, uint64_t from, const google::protobuf::Message& row,
               std::string* value);
// A history value: to u64 || row.
absl::Status ParseVersion(absl::string_view value, uint64_t* to, google::protobuf::Message* row);

std::unique_ptr<google::protobuf::Message> NewRow(const TablePlan& table);

// Frontiers and leaves of the main trees.
std::string FrontierKey(uint64_t instance);
std::string LeafKey(uint64_t instance, uint64_t index);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_DATABASE_REP_H_
