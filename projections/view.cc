#include <map>

#include "base/check.h"
#include "base/error.h"
#include "eventstore/merkle.h"
#include "projections/database_rep.h"

namespace muniment::projections {
namespace {

using google::protobuf::Message;

constexpr size_t kLeafBytes = 32;

rocksdb::ReadOptions At(const Published& at) {
  rocksdb::ReadOptions options;
  options.snapshot = at.snapshot->at;
  return options;
}

}  // namespace

// ------------------------------------------------------------------------------------ cursors

struct IndexCursor::Rep {
  std::shared_ptr<const Published> at;  // keeps the snapshot
  const IndexPlan* index = nullptr;
  std::string head;   // table to ordinal
  std::string lower;  // whole keys
  std::string upper;  // empty: to the end of the family
  rocksdb::Slice lower_slice, upper_slice;
  bool backward = false;
  absl::Status status;
  std::unique_ptr<rocksdb::Iterator> it;
  absl::string_view fields, row_key;
  int* gets = nullptr;

  // Splits the entry under the iterator.
  void Load() {
    if (!it->Valid()) {
      if (status.ok()) status = FromRocks(it->status());
      return;
    }
    std::tie(fields, row_key) = index->Split(Entry());
    if (row_key.empty()) status = Damaged("index entry");
  }
  absl::string_view Entry() const { return FromSlice(it->key()).substr(head.size()); }
};

IndexCursor::IndexCursor() : rep_(std::make_unique<Rep>()) {}
IndexCursor::IndexCursor(IndexCursor&&) noexcept = default;
IndexCursor& IndexCursor::operator=(IndexCursor&&) noexcept = default;
IndexCursor::~IndexCursor() = default;

bool IndexCursor::Valid() const {
  return rep_->status.ok() && rep_->it != nullptr && rep_->it->Valid();
}

void IndexCursor::Next() {
  if (rep_->backward) {
    rep_->it->Prev();
  } else {
    rep_->it->Next();
  }
  rep_->Load();
}

void IndexCursor::Seek(absl::string_view entry) {
  if (rep_->it == nullptr || !rep_->status.ok()) return;
  const std::string key = rep_->head + std::string(entry);
  if (rep_->backward) {
    if (!rep_->upper.empty() && key >= rep_->upper) {
      rep_->it->SeekToLast();
    } else {
      rep_->it->SeekForPrev(key);
    }
  } else {
    rep_->it->Seek(key < rep_->lower ? rep_->lower : key);
  }
  rep_->Load();
}

absl::string_view IndexCursor::entry() const { return rep_->Entry(); }
absl::string_view IndexCursor::fields() const { return rep_->fields; }
absl::string_view IndexCursor::row_key() const { return rep_->row_key; }
absl::Status IndexCursor::status() const { return rep_->status; }

struct RowCursor::Rep {
  std::shared_ptr<const Published> at;
  std::shared_ptr<uint64_t> rows;
  const TablePlan* table = nullptr;
  std::string upper;
  rocksdb::Slice upper_slice;
  absl::Status status;
  std::unique_ptr<rocksdb::Iterator> it;
};

RowCursor::RowCursor() : rep_(std::make_unique<Rep>()) {}
RowCursor::RowCursor(RowCursor&&) noexcept = default;
RowCursor& RowCursor::operator=(RowCursor&&) noexcept = default;
RowCursor::~RowCursor() = default;

bool RowCursor::Valid() const {
  return rep_->status.ok() && rep_->it != nullptr && rep_->it->Valid();
}
void RowCursor::Next() { rep_->it->Next(); }
absl::string_view RowCursor::row_key() const {
  return FromSlice(rep_->it->key()).substr(kKeyHeadBytes);
}
absl::Status RowCursor::Row(Message* row) const {
  uint64_t from = 0;
  ++*rep_->rows;
  return ParseRow(*rep_->table, FromSlice(rep_->it->value()), &from, row);
}
absl::Status RowCursor::status() const {
  if (!rep_->status.ok() || rep_->it == nullptr) return rep_->status;
  return FromRocks(rep_->it->status());
}

// ------------------------------------------------------------------------------------ view

View::View(std::shared_ptr<DatabaseRep> database, std::shared_ptr<const Published> at)
    : database_(std::move(database)), at_(std::move(at)) {}
View::View(View&&) noexcept = default;
View& View::operator=(View&&) noexcept = default;
View::~View() = default;

uint64_t View::epoch() const { return at_->checkpoint.epoch; }
uint64_t View::position() const { return at_->checkpoint.position; }

uint64_t View::sequence(uint64_t instance) const {
  const Sequences& part = *at_->sequences[instance % kSequenceParts];
  const auto it = part.find(instance);
  return it == part.end() ? 0 : it->second;
}

std::vector<uint64_t> View::instances() const {
  std::vector<uint64_t> instances;
  for (const auto& part : at_->sequences) {
    for (const auto& [instance, sequence] : *part) instances.push_back(instance);
  }
  return instances;
}

absl::Status View::Ready(const TablePlan& table) const {
  const TableState& state = at_->tables[database_->Slot(table)];
  if (state.ready) return absl::OkStatus();
  absl::Status status = Error(absl::StatusCode::kUnavailable, "models.building",
                              "This answer is being built from the log; try again shortly.");
  SetErrorFact(status, "table", table.name());
  SetErrorFact(status, "eta_seconds",
               std::to_string(absl::ToInt64Seconds(absl::Ceil(state.eta, absl::Seconds(1)))));
  return status;
}

absl::StatusOr<bool> View::Get(const TablePlan& table, uint64_t instance, absl::string_view row_key,
                               Message* row) {
  RETURN_IF_ERROR(Ready(table));
  ++gets_;
  std::string key = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  key.append(row_key.data(), row_key.size());
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      database_->disk->db->Get(At(*at_), database_->family(kRows), key, &value);
  if (status.IsNotFound()) return false;
  RETURN_IF_ERROR(FromRocks(status));
  uint64_t from = 0;
  ++*rows_;
  RETURN_IF_ERROR(ParseRow(table, FromSlice(value), &from, row));
  return true;
}

absl::StatusOr<bool> View::GetAt(const TablePlan& table, uint64_t instance,
                                 absl::string_view row_key, uint64_t sequence, Message* row) {
  MUNIMENT_CHECK(table.history());
  RETURN_IF_ERROR(Ready(table));
  gets_ += 2;
  const std::string head = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  std::string key = head;
  key.append(row_key.data(), row_key.size());
  rocksdb::PinnableSlice live;
  const rocksdb::Status found =
      database_->disk->db->Get(At(*at_), database_->family(kRows), key, &live);
  if (!found.IsNotFound()) {
    RETURN_IF_ERROR(FromRocks(found));
    uint64_t from = 0;
    RETURN_IF_ERROR(ParseRow(table, FromSlice(live), &from, row));
    if (from <= sequence) return true;
  }
  // The newest version that began at or before the sequence.
  std::unique_ptr<rocksdb::Iterator> it(
      database_->disk->db->NewIterator(At(*at_), database_->family(kHistory)));
  std::string bound = key;
  AppendU64(sequence, &bound);
  it->SeekForPrev(bound);
  RETURN_IF_ERROR(FromRocks(it->status()));
  if (!it->Valid() || it->key().size() != key.size() + 8 || !it->key().starts_with(key)) {
    return false;
  }
  uint64_t to = 0;
  RETURN_IF_ERROR(ParseVersion(FromSlice(it->value()), &to, row));
  return sequence < to;
}

absl::StatusOr<std::vector<RowVersion>> View::History(const TablePlan& table, uint64_t instance,
                                                      absl::string_view row_key) {
  MUNIMENT_CHECK(table.history());
  RETURN_IF_ERROR(Ready(table));
  gets_ += 2;
  std::string key = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  key.append(row_key.data(), row_key.size());
  std::vector<RowVersion> versions;
  std::unique_ptr<rocksdb::Iterator> it(
      database_->disk->db->NewIterator(At(*at_), database_->family(kHistory)));
  for (it->Seek(key); it->Valid() && it->key().starts_with(key); it->Next()) {
    if (it->key().size() != key.size() + 8) return Damaged("history key");
    RowVersion& version = versions.emplace_back();
    version.from = ReadU64(FromSlice(it->key()).substr(key.size()));
    version.row = NewRow(table);
    RETURN_IF_ERROR(ParseVersion(FromSlice(it->value()), &version.to, version.row.get()));
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  std::string live;
  const rocksdb::Status found =
      database_->disk->db->Get(At(*at_), database_->family(kRows), key, &live);
  if (found.IsNotFound()) return versions;
  RETURN_IF_ERROR(FromRocks(found));
  RowVersion& open = versions.emplace_back();
  open.row = NewRow(table);
  RETURN_IF_ERROR(ParseRow(table, live, &open.from, open.row.get()));
  return versions;
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> View::ScanAt(const TablePlan& table,
                                                                   uint64_t instance,
                                                                   absl::string_view prefix,
                                                                   uint64_t sequence) {
  MUNIMENT_CHECK(table.history());
  RETURN_IF_ERROR(Ready(table));
  gets_ += 2;
  std::string begin = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  begin.append(prefix.data(), prefix.size());
  const std::string end = PrefixEnd(begin);
  const rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options = At(*at_);
  options.iterate_upper_bound = &end_slice;
  std::map<std::string, std::unique_ptr<Message>> standing;
  std::unique_ptr<rocksdb::Iterator> it(
      database_->disk->db->NewIterator(options, database_->family(kHistory)));
  for (it->Seek(begin); it->Valid(); it->Next()) {
    const absl::string_view key = FromSlice(it->key());
    if (key.size() < kKeyHeadBytes + 8) return Damaged("history key");
    if (ReadU64(key.substr(key.size() - 8)) > sequence) continue;
    if (it->value().size() < 8 || ReadU64(FromSlice(it->value())) <= sequence) continue;
    uint64_t to = 0;
    auto row = NewRow(table);
    RETURN_IF_ERROR(ParseVersion(FromSlice(it->value()), &to, row.get()));
    standing[std::string(key.substr(0, key.size() - 8))] = std::move(row);
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  it.reset(database_->disk->db->NewIterator(options, database_->family(kRows)));
  for (it->Seek(begin); it->Valid(); it->Next()) {
    uint64_t from = 0;
    auto row = NewRow(table);
    RETURN_IF_ERROR(ParseRow(table, FromSlice(it->value()), &from, row.get()));
    if (from <= sequence) standing[it->key().ToString()] = std::move(row);
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  std::vector<std::unique_ptr<Message>> rows;
  for (auto& [key, row] : standing) rows.push_back(std::move(row));
  return rows;
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> View::GetMany(
    const TablePlan& table, uint64_t instance, absl::Span<const std::string> row_keys) {
  RETURN_IF_ERROR(Ready(table));
  gets_ += static_cast<int>(row_keys.size());
  const std::string head = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  std::vector<std::string> keys;
  std::vector<rocksdb::Slice> slices;
  keys.reserve(row_keys.size());
  for (const std::string& key : row_keys) slices.emplace_back(keys.emplace_back(head + key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database_->disk->db->MultiGet(At(*at_), database_->family(kRows), keys.size(), slices.data(),
                                values.data(), statuses.data());
  std::vector<std::unique_ptr<Message>> rows(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    RETURN_IF_ERROR(FromRocks(statuses[i]));
    uint64_t from = 0;
    rows[i] = NewRow(table);
    ++*rows_;
    RETURN_IF_ERROR(ParseRow(table, FromSlice(values[i]), &from, rows[i].get()));
  }
  return rows;
}

absl::StatusOr<std::optional<std::string>> View::Find(const TablePlan& table,
                                                      const IndexPlan& index, uint64_t instance,
                                                      absl::Span<const Value> values) {
  MUNIMENT_CHECK(index.unique() && values.size() == index.columns().size());
  RETURN_IF_ERROR(Ready(table));
  ++gets_;
  std::string key = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  key.push_back(static_cast<char>(index.ordinal()));
  key += index.Prefix(values);
  std::string row_key;
  const rocksdb::Status status =
      database_->disk->db->Get(At(*at_), database_->family(kIndex), key, &row_key);
  if (status.IsNotFound()) return std::optional<std::string>();
  RETURN_IF_ERROR(FromRocks(status));
  return std::optional<std::string>(std::move(row_key));
}

absl::StatusOr<uint64_t> View::Count(const TablePlan& table, const CounterPlan& counter,
                                     uint64_t instance, absl::Span<const Value> values) {
  RETURN_IF_ERROR(Ready(table));
  ++gets_;
  std::string key = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  key.push_back(static_cast<char>(counter.ordinal()));
  key += counter.Key(values);
  std::string value;
  const rocksdb::Status status =
      database_->disk->db->Get(At(*at_), database_->family(kCounters), key, &value);
  if (status.IsNotFound()) return uint64_t{0};
  RETURN_IF_ERROR(FromRocks(status));
  if (value.size() != 8) return Damaged("counter");
  return ReadU64(value);
}

IndexCursor View::Scan(uint64_t instance, const TablePlan& table, const IndexPlan& index,
                       IndexRange range) {
  MUNIMENT_CHECK(!index.unique());
  IndexCursor cursor;
  IndexCursor::Rep& rep = *cursor.rep_;
  rep.status = Ready(table);
  if (!rep.status.ok()) return cursor;
  ++gets_;
  ++cursors_;
  rep.at = at_;
  rep.index = &index;
  rep.backward = range.backward;
  rep.head = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  rep.head.push_back(static_cast<char>(index.ordinal()));
  rep.lower = rep.head + std::max(range.prefix, range.lower);
  rep.upper = PrefixEnd(rep.head + range.prefix);
  if (!range.upper.empty()) {
    std::string upper = rep.head + range.upper;
    if (rep.upper.empty() || upper < rep.upper) rep.upper = std::move(upper);
  }
  // RocksDB takes no bounds that cross.
  if (!rep.upper.empty() && rep.upper < rep.lower) rep.upper = rep.lower;
  rocksdb::ReadOptions options = At(*at_);
  rep.lower_slice = rep.lower;
  options.iterate_lower_bound = &rep.lower_slice;
  if (!rep.upper.empty()) {
    rep.upper_slice = rep.upper;
    options.iterate_upper_bound = &rep.upper_slice;
  }
  rep.it.reset(database_->disk->db->NewIterator(options, database_->family(kIndex)));
  if (rep.backward) {
    rep.it->SeekToLast();
  } else {
    rep.it->SeekToFirst();
  }
  rep.Load();
  return cursor;
}

RowCursor View::ScanRows(uint64_t instance, const TablePlan& table, absl::string_view prefix,
                         absl::string_view lower) {
  RowCursor cursor;
  RowCursor::Rep& rep = *cursor.rep_;
  rep.status = Ready(table);
  if (!rep.status.ok()) return cursor;
  ++gets_;
  ++cursors_;
  rep.at = at_;
  rep.table = &table;
  rep.rows = rows_;
  const std::string head = KeyHead(table, at_->tables[database_->Slot(table)].generation, instance);
  const std::string begin = head + std::string(prefix);
  rep.upper = PrefixEnd(begin);
  rocksdb::ReadOptions options = At(*at_);
  if (!rep.upper.empty()) {
    rep.upper_slice = rep.upper;
    options.iterate_upper_bound = &rep.upper_slice;
  }
  rep.it.reset(database_->disk->db->NewIterator(options, database_->family(kRows)));
  rep.it->Seek(std::max(begin, head + std::string(lower)));
  return cursor;
}

// ------------------------------------------------------------------------------------ trees

absl::StatusOr<View::Tree> View::MainTree(uint64_t instance) {
  ++gets_;
  std::string bytes;
  const rocksdb::Status status =
      database_->disk->db->Get(At(*at_), database_->family(kTree), FrontierKey(instance), &bytes);
  if (status.IsNotFound()) return Tree{0, eventstore::EmptyRoot().str()};
  RETURN_IF_ERROR(FromRocks(status));
  ASSIGN_OR_RETURN(const auto frontier, eventstore::MerkleFrontier::Parse(bytes));
  return Tree{frontier.size(), frontier.Root().str()};
}

absl::StatusOr<std::vector<std::string>> View::MainLeaves(uint64_t instance, uint64_t first,
                                                          uint64_t last) {
  ++gets_;
  const std::string end = LeafKey(instance, last);
  const rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options = At(*at_);
  options.iterate_upper_bound = &end_slice;
  std::vector<std::string> leaves;
  std::unique_ptr<rocksdb::Iterator> it(
      database_->disk->db->NewIterator(options, database_->family(kTree)));
  for (it->Seek(LeafKey(instance, first)); it->Valid(); it->Next()) {
    if (it->value().size() != kLeafBytes) return Damaged("leaf");
    leaves.push_back(it->value().ToString());
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  return leaves;
}

}  // namespace muniment::projections
