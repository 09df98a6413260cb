// Read models on disk: rows, their indexes, counters and history in one RocksDB, and views that
// read them.
//
//   ASSIGN_OR_RETURN(auto database, Database::Open({.path = dir}, Tables()));
//   View view = database->Read();                       // a snapshot; cheap, made per request
//   ASSIGN_OR_RETURN(auto user, view.Get<row::v1::User>(instance, {user_id}));
//   if (!user.has_value()) ...
//   IndexCursor cursor = view.Scan(instance, users, users.index("org_created"),
//                                  {.prefix = users.index("org_created").Prefix({org_id})});
//   for (; cursor.Valid(); cursor.Next()) keys.push_back(std::string(cursor.row_key()));
//   RETURN_IF_ERROR(cursor.status());
//   ASSIGN_OR_RETURN(auto rows, view.GetMany<row::v1::User>(instance, keys));
//
// A view stands at one applied position: all its answers, of all tables, are of that moment. It
// moves on only by being taken again. What was acknowledged is seen by every view taken after the
// runner said so (runner.h).
//
// Threads: Database is thread-safe. A View and its cursors belong to one thread at a time; they
// and the rows' plans outlive no Database. Only Batch (batch.h) writes, one at a time.
// Errors: UNAVAILABLE "models.building" for a table that is not yet built (facts "table" and
// "eta_seconds"); DATA_LOSS "models.damaged" for bytes that are no row of ours; UNAVAILABLE
// "models.unavailable" for what the disk says. A row that is not there is no error.
#ifndef MUNIMENT_PROJECTIONS_DATABASE_H_
#define MUNIMENT_PROJECTIONS_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "projections/owners.h"
#include "projections/table.h"

namespace rocksdb {
class Cache;
class Iterator;
}  // namespace rocksdb

namespace muniment::projections {

class Database;
struct DatabaseRep;
struct Published;

// Where the read models stand in the log.
struct Checkpoint {
  uint64_t epoch = 0;
  uint64_t position = 0;
  // Leaf hash of the event at `position`; empty at position 0.
  std::string hash = {};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Which entries of an index a cursor passes. Bounds are entry bytes as IndexPlan::Prefix,
// IndexPlan::StartsWith and IndexCursor::entry give them.
struct IndexRange {
  // Entries that begin with these bytes; empty: all of the instance.
  std::string prefix = {};
  // First entry at or behind these bytes; empty: the first of the prefix. To go on behind an
  // entry: its bytes and a 00.
  std::string lower = {};
  // Entries before these bytes; empty: to the end of the prefix.
  std::string upper = {};
  // From the last entry to the first.
  bool backward = false;
};

// Walks an index. Invalid at the end and on an error: look at status() behind the loop.
class IndexCursor {
 public:
  IndexCursor(IndexCursor&&) noexcept;
  IndexCursor& operator=(IndexCursor&&) noexcept;
  ~IndexCursor();

  bool Valid() const;
  void Next();
  // Jumps, within the range and in its direction, to the first entry at or behind `entry`
  // (backward: at or before). A merge of posting lists leaps with it.
  void Seek(absl::string_view entry);
  // The current entry: encoded fields and row key. Valid until the cursor moves.
  absl::string_view entry() const;
  // The encoded fields alone: equal fields mean equal values (folded where the index folds).
  absl::string_view fields() const;
  absl::string_view row_key() const;
  absl::Status status() const;

 private:
  friend class View;
  IndexCursor();

  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Walks rows in the order of their keys.
class RowCursor {
 public:
  RowCursor(RowCursor&&) noexcept;
  RowCursor& operator=(RowCursor&&) noexcept;
  ~RowCursor();

  bool Valid() const;
  void Next();
  absl::string_view row_key() const;
  // Parses the current row.
  absl::Status Row(google::protobuf::Message* row) const;
  absl::Status status() const;

 private:
  friend class View;
  RowCursor();

  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// One version of a row: what it was from sequence `from` on and before sequence `to`.
struct RowVersion {
  uint64_t from = 0;
  uint64_t to = 0;  // 0: still so
  std::unique_ptr<google::protobuf::Message> row = {};
};

class View {
 public:
  View(View&&) noexcept;
  View& operator=(View&&) noexcept;
  ~View();

  // Another of the same moment, which counts for itself.
  View Again() const { return View(database_, at_); }

  // Where the view stands. The sequence is the instance's newest applied one, 0 for none.
  uint64_t epoch() const;
  uint64_t position() const;
  uint64_t sequence(uint64_t instance) const;
  // Every instance that has an applied event.
  std::vector<uint64_t> instances() const;

  // Keys looked up and cursors placed so far, which tests hold against budgets.
  int gets() const { return gets_; }
  // The cursors among them: each is a walk of its own, where keys are looked up together.
  int cursors() const { return cursors_; }
  // Rows read so far, by key or by scan; likewise.
  uint64_t rows() const { return *rows_; }

  // OK, or why the table cannot be read. Every read below asks it itself.
  absl::Status Ready(const TablePlan& table) const;

  // Fills `row` and returns true, or false when there is none.
  absl::StatusOr<bool> Get(const TablePlan& table, uint64_t instance, absl::string_view row_key,
                           google::protobuf::Message* row);
  // As it was when the instance stood at `sequence`: after that event, before the next. Only for
  // tables with history; a sequence beyond the view's is the view's.
  absl::StatusOr<bool> GetAt(const TablePlan& table, uint64_t instance, absl::string_view row_key,
                             uint64_t sequence, google::protobuf::Message* row);
  // All versions of a row, oldest first.
  absl::StatusOr<std::vector<RowVersion>> History(const TablePlan& table, uint64_t instance,
                                                  absl::string_view row_key);
  // The rows whose keys begin with `prefix` as they stood at `sequence`, removed since or not, in
  // the order of their keys.
  absl::StatusOr<std::vector<std::unique_ptr<google::protobuf::Message>>> ScanAt(
      const TablePlan& table, uint64_t instance, absl::string_view prefix, uint64_t sequence);
  // One element a key, null where there is no row.
  absl::StatusOr<std::vector<std::unique_ptr<google::protobuf::Message>>> GetMany(
      const TablePlan& table, uint64_t instance, absl::Span<const std::string> row_keys);

  // The row key behind a unique index's values.
  absl::StatusOr<std::optional<std::string>> Find(const TablePlan& table, const IndexPlan& index,
                                                  uint64_t instance,
                                                  absl::Span<const Value> values);
  absl::StatusOr<uint64_t> Count(const TablePlan& table, const CounterPlan& counter,
                                 uint64_t instance, absl::Span<const Value> values);

  // Entries of an index that is not unique.
  IndexCursor Scan(uint64_t instance, const TablePlan& table, const IndexPlan& index,
                   IndexRange range);
  // Keys of rows, each once, among which are all whose text, folded, holds every one of these
  // trigrams; nothing where an instance is so small that the answer would be all of its rows.
  // `pause` is asked now and then; what is not OK ends the search.
  absl::StatusOr<std::optional<std::vector<std::string>>> MayHold(
      uint64_t instance, const TablePlan& table, const TextPlan& text,
      absl::Span<const uint64_t> trigrams, absl::FunctionRef<absl::Status()> pause);
  // Rows whose key begins with `prefix` (TablePlan::Key), from `lower` on when it is not empty.
  RowCursor ScanRows(uint64_t instance, const TablePlan& table, absl::string_view prefix,
                     absl::string_view lower = "");

  // The same by the row's type.
  template <typename Row>
  absl::StatusOr<std::optional<Row>> Get(uint64_t instance, Values key) {
    return GetByKey<Row>(instance, TablePlan::Of<Row>().Key(key));
  }
  template <typename Row>
  absl::StatusOr<std::optional<Row>> GetByKey(uint64_t instance, absl::string_view row_key) {
    std::optional<Row> row(std::in_place);
    absl::StatusOr<bool> found = Get(TablePlan::Of<Row>(), instance, row_key, &*row);
    if (!found.ok()) return found.status();
    if (!*found) row.reset();
    return row;
  }
  template <typename Row>
  absl::StatusOr<std::optional<Row>> GetAt(uint64_t instance, Values key, uint64_t sequence) {
    const TablePlan& table = TablePlan::Of<Row>();
    std::optional<Row> row(std::in_place);
    absl::StatusOr<bool> found = GetAt(table, instance, table.Key(key), sequence, &*row);
    if (!found.ok()) return found.status();
    if (!*found) row.reset();
    return row;
  }
  // By a unique index: two gets.
  template <typename Row>
  absl::StatusOr<std::optional<Row>> GetUnique(uint64_t instance, absl::string_view index,
                                               Values values) {
    const TablePlan& table = TablePlan::Of<Row>();
    absl::StatusOr<std::optional<std::string>> key =
        Find(table, table.index(index), instance, absl::Span<const Value>(values));
    if (!key.ok()) return key.status();
    if (!key->has_value()) return std::optional<Row>();
    return GetByKey<Row>(instance, **key);
  }
  template <typename Row>
  absl::StatusOr<uint64_t> Count(uint64_t instance, absl::string_view counter, Values values) {
    const TablePlan& table = TablePlan::Of<Row>();
    return Count(table, table.counter(counter), instance, absl::Span<const Value>(values));
  }

  // RFC 6962 root over the instance's main leaves at this view, and how many they are.
  struct Tree {
    uint64_t leaves = 0;
    std::string root;
  };
  absl::StatusOr<Tree> MainTree(uint64_t instance);
  // Leaf hashes with first <= index < last, for proofs; fewer where the tree is smaller.
  absl::StatusOr<std::vector<std::string>> MainLeaves(uint64_t instance, uint64_t first,
                                                      uint64_t last);

  // For replay.cc.
  std::pair<std::shared_ptr<DatabaseRep>, std::shared_ptr<const Published>> behind() const {
    return {database_, at_};
  }

 private:
  friend class Database;
  View(std::shared_ptr<DatabaseRep> database, std::shared_ptr<const Published> at);

  std::shared_ptr<DatabaseRep> database_;
  std::shared_ptr<const Published> at_;
  int gets_ = 0;
  int cursors_ = 0;
  std::shared_ptr<uint64_t> rows_ = std::make_shared<uint64_t>(0);  // cursors count too
};

struct DatabaseOptions {
  std::string path = {};
  // One budget for blocks and memtables, shared with the event store; none: 64 MB of its own.
  std::shared_ptr<rocksdb::Cache> cache = {};
  // Fills a fresh directory as fast as it can, without a WAL: what it holds counts, and has
  // indexes, only after Database::Finish, and a directory that was left before is refused.
  bool bulk = false;
  bool read_only = false;
  // Not empty: read beside the process that writes, which is not disturbed; an empty directory for
  // what RocksDB notes of that.
  std::string follow = {};
};

// How far a table that is being built has come.
struct TableProgress {
  std::string table = {};
  bool ready = false;
  uint64_t done = 0;   // positions folded
  uint64_t total = 0;  // positions to fold
  absl::Duration eta = absl::ZeroDuration();
};

class Database {
 public:
  // `tables`: every table that is kept; their plans outlive the database.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options,
                                                        std::vector<const TablePlan*> tables);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // A view of the newest applied state.
  View Read() const;
  View ReadAt(std::shared_ptr<const Published> at) const;  // for generations.cc
  Checkpoint checkpoint() const;
  const Owners& owners() const;
  std::vector<TableProgress> Progress() const;
  const std::vector<const TablePlan*>& tables() const;

  // Ends a bulk load: what was written is durable when it returns.
  absl::Status Finish();

  DatabaseRep& rep() const { return *rep_; }  // for batch.cc, runner.cc and replay.cc

 private:
  explicit Database(std::shared_ptr<DatabaseRep> rep);
  std::shared_ptr<DatabaseRep> rep_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_DATABASE_H_
