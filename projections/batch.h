// What folds write through: rows in a cache, and one commit that carries them, their index entries,
// counters and past versions, the tree's leaves and the checkpoint to disk as one.
//
//   batch.Begin(stored.sequence);
//   if (auto* user = batch.Edit<row::v1::User>(instance, {user_id})) user->set_email(...);
//   ...
//   RETURN_IF_ERROR(batch.Commit(checkpoint));
//
// Exactly once: what a batch wrote and how far it had read are durable together or not at all. The
// bytes on disk are a function of the events alone, however they were cut into batches.
// A pointer from Get or Edit holds until the next Commit, Delete or Put of that row.
//
// A batch outlives no Database.
// Threads: one. Two batches may live over one database when they write different generations; only
// one of them is the live one, which moves the checkpoint and is seen by views.
// Errors: folds are total and silent; the first error of the disk is kept, ends all reading, and is
// what Commit returns, with nothing written. After that the batch is done for.
#ifndef MUNIMENT_PROJECTIONS_BATCH_H_
#define MUNIMENT_PROJECTIONS_BATCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/merkle.h"
#include "google/protobuf/message.h"
#include "projections/database.h"

namespace muniment::projections {

class SegmentWriter;
struct TableState;

class Batch {
 public:
  struct Options {
    // Rows kept in memory between commits.
    size_t cache_rows = 20'000;
    // Writes tables that are being built: by slot of Database::tables, the generation to write, 0
    // for tables of no interest. Empty: the live batch.
    std::vector<uint32_t> building = {};
  };

  explicit Batch(Database& database) : Batch(database, Options{}) {}
  Batch(Database& database, Options options);
  ~Batch();

  // The events that follow stand at this sequence of their instance.
  void Begin(uint64_t instance, uint64_t sequence);
  // A keep-forever event's leaf, in the order of sequences. Only for the live batch.
  void AddLeaf(uint64_t instance, const Digest& leaf);

  // Null when there is no such row.
  template <typename Row>
  const Row* Get(uint64_t instance, Values key) {
    const TablePlan& table = TablePlan::Of<Row>();
    return static_cast<const Row*>(GetByKey(table, instance, table.Key(key)));
  }
  template <typename Row>
  Row* Edit(uint64_t instance, Values key) {
    const TablePlan& table = TablePlan::Of<Row>();
    return static_cast<Row*>(EditByKey(table, instance, table.Key(key)));
  }
  template <typename Row>
  Row* EditByKey(uint64_t instance, absl::string_view row_key) {
    return static_cast<Row*>(EditByKey(TablePlan::Of<Row>(), instance, row_key));
  }
  // The row from now on, in place of one with its key.
  template <typename Row>
  void Put(uint64_t instance, Row row) {
    PutRow(TablePlan::Of<Row>(), instance, std::make_unique<Row>(std::move(row)));
  }
  template <typename Row>
  void Delete(uint64_t instance, Values key) {
    const TablePlan& table = TablePlan::Of<Row>();
    DeleteByKey(table, instance, table.Key(key));
  }
  // Row keys that begin with these values, in order.
  template <typename Row>
  std::vector<std::string> Keys(uint64_t instance, Values prefix) {
    const TablePlan& table = TablePlan::Of<Row>();
    return KeysWith(table, instance, table.Key(prefix));
  }
  template <typename Row>
  void DeleteByKey(uint64_t instance, absl::string_view row_key) {
    DeleteByKey(TablePlan::Of<Row>(), instance, row_key);
  }
  // Clears the personal fields of a row and of all its past versions, in place: as if the events
  // had never carried them. A removed row's past versions lose them too.
  template <typename Row>
  void EraseByKey(uint64_t instance, absl::string_view row_key) {
    EraseByKey(TablePlan::Of<Row>(), instance, row_key);
  }
  template <typename Row>
  void Erase(uint64_t instance, Values key) {
    EraseByKey(TablePlan::Of<Row>(), instance, TablePlan::Of<Row>().Key(key));
  }

  // What this batch removes or erases leaves the files at once (removals.h).
  void Hurry() { urgent_ = true; }
  bool urgent() const { return urgent_; }

  // Writes all and moves the checkpoint. `states`: published with it, by slot; empty: unchanged.
  absl::Status Commit(const Checkpoint& checkpoint, std::vector<TableState> states);
  absl::Status Commit(const Checkpoint& checkpoint);
  // Of a building batch: writes all and how far the build has come.
  absl::Status CommitBuilding(uint64_t position);

  const absl::Status& status() const { return status_; }
  // Rows changed since the last commit.
  size_t pending() const { return dirty_.size(); }
  // Forgets the cache, and writes these generations from now on. Only right after a commit.
  void Reset(std::vector<uint32_t> generations);

 private:
  struct Entry;
  struct Writer;
  // By the entry's own key.
  using Cache = absl::flat_hash_map<absl::string_view, std::unique_ptr<Entry>>;

  const google::protobuf::Message* GetByKey(const TablePlan& table, uint64_t instance,
                                            absl::string_view row_key);
  google::protobuf::Message* EditByKey(const TablePlan& table, uint64_t instance,
                                       absl::string_view row_key);
  void PutRow(const TablePlan& table, uint64_t instance,
              std::unique_ptr<google::protobuf::Message> row);
  void DeleteByKey(const TablePlan& table, uint64_t instance, absl::string_view row_key);
  std::vector<std::string> KeysWith(const TablePlan& table, uint64_t instance,
                                    absl::string_view prefix);
  void EraseByKey(const TablePlan& table, uint64_t instance, absl::string_view row_key);

  Entry* Load(const TablePlan& table, uint64_t instance, absl::string_view row_key);
  void Touch(Entry* entry);
  void KeepVersion(Entry* entry);
  void EraseHistory(const Entry& entry);
  void Fail(absl::Status status);
  std::string Head(const Entry& entry) const;

  void WriteRow(const Entry& entry, Writer& writer);
  void WriteIndexes(const Entry& entry, Writer& writer);
  // What the commit means for the text indexes.
  absl::Status WriteTexts(Writer& writer);
  void CountRow(const Entry& entry);
  absl::Status WriteCounters(Writer& writer);
  absl::Status WriteAll(Writer& writer);
  void WriteTrees(Writer& writer);
  void Publish(const Checkpoint& checkpoint, std::vector<TableState> states);
  void Settle();

  DatabaseRep* const rep_;
  const bool live_;
  const size_t cache_rows_;
  std::vector<uint32_t> generations_;  // by slot
  absl::Status status_;
  uint64_t instance_ = 0;
  uint64_t sequence_ = 0;

  // Two ages: what is not met for a while falls out.
  Cache young_;
  Cache old_;
  absl::btree_map<absl::string_view, Entry*> dirty_;
  const std::unique_ptr<SegmentWriter> segments_;
  absl::btree_map<std::string, std::string> versions_;   // history keys and values, pending
  absl::flat_hash_map<std::string, int64_t> deltas_;     // by counter key
  absl::flat_hash_map<std::string, uint64_t> counters_;  // as they stand on disk
  absl::flat_hash_map<uint64_t, uint64_t> sequences_;    // newest of this batch
  absl::flat_hash_map<uint64_t, eventstore::MerkleFrontier> trees_;
  std::vector<std::pair<std::string, Digest>> leaves_;  // pending
  absl::flat_hash_set<uint64_t> grown_;
  bool rewrites_ = false;  // what was written before, so that it is forgotten
  bool urgent_ = false;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_BATCH_H_
