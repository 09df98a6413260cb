#include "projections/batch.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/error.h"
#include "projections/database_rep.h"
#include "projections/segment_writer.h"
#include "rocksdb/write_batch.h"

namespace muniment::projections {
namespace {

using google::protobuf::Message;

constexpr size_t kCountersKept = 100'000;
constexpr size_t kTreesKept = 10'000;

std::unique_ptr<Message> Copy(const Message& row) {
  std::unique_ptr<Message> copy(row.New());
  copy->CopyFrom(row);
  return copy;
}

}  // namespace

struct Batch::Entry {
  std::string key;  // slot u16 || instance u64 || row key
  const TablePlan* table = nullptr;
  size_t slot = 0;
  uint64_t instance = 0;
  // As on disk; while `dirty`, `current` is what it is to be. Null: no row.
  std::unique_ptr<Message> stored;
  std::unique_ptr<Message> current;
  uint64_t from = 0;
  bool dirty = false;

  absl::string_view row_key() const { return absl::string_view(key).substr(10); }
  const Message* now() const { return dirty ? current.get() : stored.get(); }
  bool SameHead(const Entry& other) const {
    return table == other.table && instance == other.instance;
  }
};

struct Batch::Writer {
  rocksdb::WriteBatch batch;
  DatabaseRep& rep;
  // Written behind all that goes: one row may take what another, that comes later in the order of
  // rows, lets go of.
  std::vector<std::pair<std::string, std::string>> unique_entries = {};

  void Put(Family family, absl::string_view key, absl::string_view value) {
    batch.Put(rep.family(family), ToSlice(key), ToSlice(value));
  }
  void Delete(Family family, absl::string_view key) {
    batch.Delete(rep.family(family), ToSlice(key));
  }
};

Batch::Batch(Database& database, Options options)
    : rep_(&database.rep()),
      live_(options.building.empty()),
      cache_rows_(options.cache_rows),
      generations_(std::move(options.building)),
      segments_(std::make_unique<SegmentWriter>(*rep_)) {
  if (live_) {
    for (const TableState& state : rep_->Current()->tables) {
      generations_.push_back(state.generation);
    }
  }
  MUNIMENT_CHECK(generations_.size() == rep_->tables.size());
}

Batch::~Batch() = default;

void Batch::Begin(uint64_t instance, uint64_t sequence) {
  instance_ = instance;
  sequence_ = sequence;
  if (live_) sequences_[instance] = sequence;
}

void Batch::Fail(absl::Status status) {
  if (status_.ok()) status_ = std::move(status);
}

std::string Batch::Head(const Entry& entry) const {
  return KeyHead(*entry.table, generations_[entry.slot], entry.instance);
}

// ------------------------------------------------------------------------------------ rows

Batch::Entry* Batch::Load(const TablePlan& table, uint64_t instance, absl::string_view row_key) {
  const size_t slot = rep_->Slot(table);
  MUNIMENT_CHECK(generations_[slot] != 0);
  std::string key;
  key.reserve(10 + row_key.size());
  AppendU16(static_cast<uint16_t>(slot), &key);
  AppendU64(instance, &key);
  key.append(row_key.data(), row_key.size());
  if (const auto it = young_.find(key); it != young_.end()) return it->second.get();
  std::unique_ptr<Entry> entry;
  if (const auto it = old_.find(key); it != old_.end()) {
    entry = std::move(it->second);
    old_.erase(it);
  } else {
    entry = std::make_unique<Entry>();
    entry->key = std::move(key);
    entry->table = &table;
    entry->slot = slot;
    entry->instance = instance;
    std::string disk_key = Head(*entry);
    disk_key.append(row_key.data(), row_key.size());
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        status_.ok()
            ? rep_->disk->db->Get(rocksdb::ReadOptions(), rep_->family(kRows), disk_key, &value)
            : rocksdb::Status::NotFound();
    if (status.ok()) {
      entry->stored = NewRow(table);
      const absl::Status parsed =
          ParseRow(table, FromSlice(value), &entry->from, entry->stored.get());
      if (!parsed.ok()) Fail(parsed);
    } else if (!status.IsNotFound()) {
      Fail(FromRocks(status));
    }
  }
  Entry* const loaded = entry.get();
  young_.emplace(loaded->key, std::move(entry));
  return loaded;
}

const Message* Batch::GetByKey(const TablePlan& table, uint64_t instance,
                               absl::string_view row_key) {
  return Load(table, instance, row_key)->now();
}

void Batch::KeepVersion(Entry* entry) {
  if (entry->table->history()) {
    MUNIMENT_CHECK(entry->instance == instance_);
    if (entry->now() != nullptr && entry->from < sequence_) {
      std::string key = Head(*entry);
      key.append(entry->row_key().data(), entry->row_key().size());
      AppendU64(entry->from, &key);
      std::string& value = versions_[std::move(key)];
      value.clear();
      AppendU64(sequence_, &value);
      entry->now()->AppendToString(&value);
    }
    entry->from = sequence_;
  }
}

void Batch::Touch(Entry* entry) {
  if (entry->dirty) return;
  entry->dirty = true;
  if (entry->stored != nullptr) entry->current = Copy(*entry->stored);
  dirty_.emplace(entry->key, entry);
}

Message* Batch::EditByKey(const TablePlan& table, uint64_t instance, absl::string_view row_key) {
  Entry* const entry = Load(table, instance, row_key);
  if (entry->now() == nullptr) return nullptr;
  KeepVersion(entry);
  Touch(entry);
  return entry->current.get();
}

void Batch::PutRow(const TablePlan& table, uint64_t instance, std::unique_ptr<Message> row) {
  Entry* const entry = Load(table, instance, table.KeyOf(*row));
  KeepVersion(entry);
  Touch(entry);
  entry->current = std::move(row);
}

void Batch::DeleteByKey(const TablePlan& table, uint64_t instance, absl::string_view row_key) {
  Entry* const entry = Load(table, instance, row_key);
  if (entry->now() == nullptr) return;
  KeepVersion(entry);
  Touch(entry);
  entry->current.reset();
  // What is known of who was removed is what he was, not who.
  if (table.history() && table.HasPersonal()) {
    rewrites_ = true;
    EraseHistory(*entry);
  }
}

std::vector<std::string> Batch::KeysWith(const TablePlan& table, uint64_t instance,
                                         absl::string_view prefix) {
  const size_t slot = rep_->Slot(table);
  std::set<std::string> keys;
  const std::string head = KeyHead(table, generations_[slot], instance);
  const std::string begin = head + std::string(prefix);
  std::unique_ptr<rocksdb::Iterator> it(
      rep_->disk->db->NewIterator(rocksdb::ReadOptions(), rep_->family(kRows)));
  for (it->Seek(begin); it->Valid() && it->key().starts_with(begin); it->Next()) {
    keys.emplace(it->key().data() + head.size(), it->key().size() - head.size());
  }
  if (!it->status().ok()) Fail(FromRocks(it->status()));
  std::string pending;
  AppendU16(static_cast<uint16_t>(slot), &pending);
  AppendU64(instance, &pending);
  pending.append(prefix.data(), prefix.size());
  for (auto d = dirty_.lower_bound(pending);
       d != dirty_.end() && d->first.substr(0, pending.size()) == pending; ++d) {
    if (d->second->current != nullptr) {
      keys.emplace(d->second->row_key());
    } else {
      keys.erase(std::string(d->second->row_key()));
    }
  }
  return std::vector<std::string>(keys.begin(), keys.end());
}

void Batch::EraseByKey(const TablePlan& table, uint64_t instance, absl::string_view row_key) {
  rewrites_ = true;
  Entry* const entry = Load(table, instance, row_key);
  if (entry->now() != nullptr) {
    Touch(entry);
    table.ClearPersonal(entry->current.get());
  }
  if (table.history()) EraseHistory(*entry);
}

void Batch::EraseHistory(const Entry& entry) {
  std::string head = Head(entry);
  head.append(entry.row_key().data(), entry.row_key().size());
  const auto erase = [&](absl::string_view value) {
    uint64_t to = 0;
    auto row = NewRow(*entry.table);
    const absl::Status parsed = ParseVersion(value, &to, row.get());
    if (!parsed.ok()) Fail(parsed);
    entry.table->ClearPersonal(row.get());
    std::string erased;
    AppendU64(to, &erased);
    row->AppendToString(&erased);
    return erased;
  };
  std::unique_ptr<rocksdb::Iterator> it(
      rep_->disk->db->NewIterator(rocksdb::ReadOptions(), rep_->family(kHistory)));
  for (it->Seek(head); it->Valid() && it->key().starts_with(head); it->Next()) {
    versions_.emplace(it->key().ToString(), it->value().ToString());
  }
  if (!it->status().ok()) Fail(FromRocks(it->status()));
  for (auto v = versions_.lower_bound(head);
       v != versions_.end() && absl::string_view(v->first).substr(0, head.size()) == head; ++v) {
    v->second = erase(v->second);
  }
}

// ------------------------------------------------------------------------------------ commit

void Batch::AddLeaf(uint64_t instance, const Digest& leaf) {
  MUNIMENT_CHECK(live_);
  auto it = trees_.find(instance);
  if (it == trees_.end()) {
    it = trees_.emplace(instance, eventstore::MerkleFrontier()).first;
    std::string bytes;
    const rocksdb::Status status = rep_->disk->db->Get(rocksdb::ReadOptions(), rep_->family(kTree),
                                                       FrontierKey(instance), &bytes);
    if (status.ok()) {
      auto parsed = eventstore::MerkleFrontier::Parse(bytes);
      if (!parsed.ok()) return Fail(parsed.status());
      it->second = *std::move(parsed);
    } else if (!status.IsNotFound()) {
      return Fail(FromRocks(status));
    }
  }
  leaves_.emplace_back(LeafKey(instance, it->second.size()), leaf);
  it->second.Append(leaf);
  grown_.insert(instance);
}

void Batch::WriteIndexes(const Entry& entry, Writer& writer) {
  // A bulk load makes the entries at its end, of the rows that are left.
  if (rep_->bulk || entry.table->indexes().empty()) return;
  const Message* before = entry.stored.get();
  const Message* after = entry.current.get();
  std::string gone = Head(entry);
  const size_t head = gone.size();
  std::string come = gone;
  for (const IndexPlan& index : entry.table->indexes()) {
    if (before != nullptr && after != nullptr && index.Same(*before, *after)) continue;
    const auto make = [&](const Message* row, std::string* key) {
      key->resize(head);
      key->push_back(static_cast<char>(index.ordinal()));
      return row != nullptr && index.AppendEntry(*row, entry.row_key(), key);
    };
    const bool goes = make(before, &gone);
    const bool comes = make(after, &come);
    // Texts that differ may fold alike.
    if (goes && comes && gone == come) continue;
    if (goes) writer.Delete(kIndex, gone);
    if (comes && index.unique()) {
      writer.unique_entries.emplace_back(come, entry.row_key());
    } else if (comes) {
      writer.Put(kIndex, come, absl::string_view());
    }
  }
}

absl::Status Batch::WriteTexts(Writer& writer) {
  if (rep_->bulk) return absl::OkStatus();
  std::vector<TextChange> changes;
  // Entries of one table and instance stand together.
  for (auto it = dirty_.begin(); it != dirty_.end();) {
    const Entry& first = *it->second;
    const TablePlan& table = *first.table;
    changes.clear();
    for (; it != dirty_.end() && it->second->SameHead(first); ++it) {
      const Entry& entry = *it->second;
      const TextChange change{entry.row_key(), entry.stored.get(), entry.current.get()};
      if (!table.texts().empty() && ChangesText(table, change)) changes.push_back(change);
    }
    if (changes.empty()) continue;
    const auto read = [&](absl::string_view row_key) {
      return GetByKey(table, first.instance, row_key);
    };
    RETURN_IF_ERROR(segments_->Update(table, Head(first), changes, read, writer.batch));
    RETURN_IF_ERROR(status_);
  }
  return absl::OkStatus();
}

void Batch::CountRow(const Entry& entry) {
  const Message* before = entry.stored.get();
  const Message* after = entry.current.get();
  for (const CounterPlan& counter : entry.table->counters()) {
    std::string head = Head(entry);
    head.push_back(static_cast<char>(counter.ordinal()));
    if (before != nullptr && after != nullptr) {
      const bool same =
          std::all_of(counter.columns().begin(), counter.columns().end(),
                      [&](const Column& column) { return column.Same(*before, *after); });
      if (same) continue;
    }
    if (before != nullptr) --deltas_[head + counter.KeyOf(*before)];
    if (after != nullptr) ++deltas_[head + counter.KeyOf(*after)];
  }
}

absl::Status Batch::WriteCounters(Writer& writer) {
  if (counters_.size() > kCountersKept) counters_.clear();
  for (const auto& [key, delta] : deltas_) {
    if (delta == 0) continue;
    auto it = counters_.find(key);
    if (it == counters_.end()) {
      std::string value;
      const rocksdb::Status status =
          rep_->disk->db->Get(rocksdb::ReadOptions(), rep_->family(kCounters), key, &value);
      if (!status.ok() && !status.IsNotFound()) return FromRocks(status);
      if (status.ok() && value.size() != 8) return Damaged("counter");
      it = counters_.emplace(key, status.ok() ? ReadU64(value) : 0).first;
    }
    if (delta < 0 && it->second < static_cast<uint64_t>(-delta)) return Damaged("counter");
    it->second += static_cast<uint64_t>(delta);
    if (it->second == 0) {
      writer.Delete(kCounters, key);
    } else {
      std::string value;
      AppendU64(it->second, &value);
      writer.Put(kCounters, key, value);
    }
  }
  return absl::OkStatus();
}

void Batch::WriteRow(const Entry& entry, Writer& writer) {
  std::string key = Head(entry);
  key.append(entry.row_key().data(), entry.row_key().size());
  if (entry.current == nullptr) {
    if (entry.stored != nullptr) writer.Delete(kRows, key);
    return;
  }
  MUNIMENT_CHECK(entry.table->KeyOf(*entry.current) == entry.row_key());
  std::string value;
  AppendRow(*entry.table, entry.from, *entry.current, &value);
  writer.Put(kRows, key, value);
}

void Batch::WriteTrees(Writer& writer) {
  for (const auto& [key, leaf] : leaves_) writer.Put(kTree, key, leaf.view());
  for (const uint64_t instance : grown_) {
    writer.Put(kTree, FrontierKey(instance), trees_[instance].Serialize());
  }
}

absl::Status Batch::WriteAll(Writer& writer) {
  RETURN_IF_ERROR(status_);
  for (const auto& [key, entry] : dirty_) {
    WriteRow(*entry, writer);
    WriteIndexes(*entry, writer);
    CountRow(*entry);
  }
  for (const auto& [key, row_key] : writer.unique_entries) writer.Put(kIndex, key, row_key);
  RETURN_IF_ERROR(WriteTexts(writer));
  RETURN_IF_ERROR(WriteCounters(writer));
  for (const auto& [key, value] : versions_) writer.Put(kHistory, key, value);
  WriteTrees(writer);
  return absl::OkStatus();
}

// What is written becomes what stands, and the cache lets go of its oldest half when full.
void Batch::Settle() {
  for (auto& [key, entry] : dirty_) {
    entry->stored = std::move(entry->current);
    entry->current.reset();
    entry->dirty = false;
  }
  dirty_.clear();
  versions_.clear();
  deltas_.clear();
  sequences_.clear();
  leaves_.clear();
  grown_.clear();
  rewrites_ = urgent_ = false;
  if (trees_.size() > kTreesKept) trees_.clear();
  if (young_.size() > cache_rows_ / 2) {
    old_ = std::move(young_);
    young_ = Cache();
  }
}

void Batch::Publish(const Checkpoint& checkpoint, std::vector<TableState> states) {
  for (auto& [key, entry] : dirty_) {
    if (Owners::Holds(entry->table->row())) {
      rep_->owners.Apply(entry->instance, entry->stored.get(), entry->current.get());
    }
  }
  auto next = std::make_shared<Published>(*rep_->Current());
  next->snapshot = std::make_shared<Snapshot>(rep_->disk);
  next->checkpoint = checkpoint;
  if (!states.empty()) next->tables = std::move(states);
  std::array<std::shared_ptr<Sequences>, kSequenceParts> changed;
  for (const auto& [instance, sequence] : sequences_) {
    auto& part = changed[instance % kSequenceParts];
    if (part == nullptr) {
      part = std::make_shared<Sequences>(*next->sequences[instance % kSequenceParts]);
    }
    (*part)[instance] = sequence;
  }
  for (size_t i = 0; i < kSequenceParts; ++i) {
    if (changed[i] != nullptr) next->sequences[i] = std::move(changed[i]);
  }
  rep_->Publish(std::move(next));
}

absl::Status Batch::Commit(const Checkpoint& checkpoint) { return Commit(checkpoint, {}); }

absl::Status Batch::Commit(const Checkpoint& checkpoint, std::vector<TableState> states) {
  MUNIMENT_CHECK(live_);
  Writer writer{rocksdb::WriteBatch(), *rep_};
  absl::Status status = WriteAll(writer);
  if (status.ok()) {
    writer.Put(kMeta, kCheckpointKey, EncodeCheckpoint(checkpoint));
    for (const auto& [instance, sequence] : sequences_) {
      std::string value;
      AppendU64(sequence, &value);
      writer.Put(kMeta, SequenceKey(instance), value);
    }
    status = rep_->removals.Write(*rep_, &writer.batch, {.rewrites = rewrites_, .urgent = urgent_});
  }
  if (!status.ok()) {
    Fail(status);
    return status;
  }
  Publish(checkpoint, std::move(states));
  Settle();
  return absl::OkStatus();
}

absl::Status Batch::CommitBuilding(uint64_t position) {
  MUNIMENT_CHECK(!live_);
  Writer writer{rocksdb::WriteBatch(), *rep_};
  absl::Status status = WriteAll(writer);
  if (status.ok()) {
    std::string value;
    AppendU64(position, &value);
    writer.Put(kMeta, kBuildPositionKey, value);
    status = rep_->removals.Write(*rep_, &writer.batch, {rewrites_, urgent_, /*building=*/true});
  }
  if (!status.ok()) {
    Fail(status);
    return status;
  }
  Settle();
  return absl::OkStatus();
}

void Batch::Reset(std::vector<uint32_t> generations) {
  MUNIMENT_CHECK(dirty_.empty() && generations.size() == generations_.size());
  young_.clear();
  old_.clear();
  counters_.clear();
  segments_->Reset();
  generations_ = std::move(generations);
}

}  // namespace muniment::projections
