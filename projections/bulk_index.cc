#include "projections/bulk_index.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "projections/segments.h"
#include "rocksdb/sst_file_writer.h"

namespace muniment::projections {
namespace {

// Bytes of keys sorted in memory at a time; each lot becomes a file.
constexpr size_t kLotBytes = 64 << 20;
// Instances of tables in a lot, which 24 bits count.
constexpr uint32_t kLotHeads = (1 << 24) - 1;

// Entries of one lot: keys one behind the other in one block, sorted by reference.
class Lot {
 public:
  // Tables and instances come in order, and so do entries with the same first `fields` bytes.
  void Add(absl::string_view head, absl::string_view entry_key, size_t fields,
           absl::string_view value) {
    if (head != head_) {
      head_ = std::string(head);
      ++heads_;
    }
    Entry entry;
    entry.group = heads_ << 8 | static_cast<unsigned char>(entry_key[0]);
    entry.at = static_cast<uint32_t>(bytes_.size());
    entry.key = static_cast<uint32_t>(head.size() + entry_key.size());
    entry.fields = static_cast<uint32_t>(head.size() + fields);
    entry.value = static_cast<uint32_t>(value.size());
    bytes_.append(head.data(), head.size()).append(entry_key.data(), entry_key.size());
    bytes_.append(value.data(), value.size());
    entries_.push_back(entry);
  }
  bool empty() const { return entries_.empty(); }
  bool full() const { return bytes_.size() >= kLotBytes || heads_ >= kLotHeads; }
  void Clear() {
    bytes_.clear();
    entries_.clear();
    head_.clear();
    heads_ = 0;
  }

  absl::Status Write(DatabaseRep& rep, const std::string& file) {
    Sort();
    rocksdb::ColumnFamilyHandle* const family = rep.family(kIndex);
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), rep.disk->db->GetOptions(family), family);
    RETURN_IF_ERROR(FromRocks(writer.Open(file)));
    for (const Entry& entry : entries_) {
      const char* const at = bytes_.data() + entry.at;
      RETURN_IF_ERROR(FromRocks(
          writer.Put(rocksdb::Slice(at, entry.key), rocksdb::Slice(at + entry.key, entry.value))));
    }
    RETURN_IF_ERROR(FromRocks(writer.Finish()));
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    return FromRocks(rep.disk->db->IngestExternalFile(family, {file}, ingest));
  }

 private:
  struct Entry {
    // The key's bytes behind what all keys of its group begin with: mostly they tell.
    uint64_t first[2] = {0, 0};
    uint32_t group = 0;  // an index of a table's instance; groups are in the order of their keys
    uint32_t at = 0;
    uint32_t key = 0;
    uint32_t fields = 0;
    uint32_t value = 0;
    bool whole = false;  // `first` holds all fields: equal ones are in the order of their rows
  };
  struct Common {
    const Entry* one;
    uint32_t bytes;
  };

  absl::string_view KeyOf(const Entry& entry) const { return {bytes_.data() + entry.at, entry.key}; }

  absl::flat_hash_map<uint32_t, Common> CommonBytes() const {
    absl::flat_hash_map<uint32_t, Common> common;
    for (const Entry& entry : entries_) {
      Common& group = common.try_emplace(entry.group, Common{&entry, entry.key}).first->second;
      const absl::string_view one = KeyOf(*group.one), other = KeyOf(entry);
      const size_t most = std::min<size_t>(group.bytes, other.size());
      group.bytes = static_cast<uint32_t>(
          std::mismatch(one.begin(), one.begin() + most, other.begin()).first - one.begin());
    }
    return common;
  }

  void Sort() {
    const auto common = CommonBytes();
    for (Entry& entry : entries_) {
      const uint32_t skipped = common.at(entry.group).bytes;
      char first[sizeof(entry.first)] = {};
      std::memcpy(first, bytes_.data() + entry.at + skipped,
                  std::min<size_t>(sizeof(first), entry.key - skipped));
      entry.first[0] = ReadU64(absl::string_view(first, 8));
      entry.first[1] = ReadU64(absl::string_view(first + 8, 8));
      entry.whole = entry.fields <= skipped + sizeof(first);
    }
    std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
      if (a.group != b.group) return a.group < b.group;
      if (a.first[0] != b.first[0]) return a.first[0] < b.first[0];
      if (a.first[1] != b.first[1]) return a.first[1] < b.first[1];
      if (a.whole && b.whole) return a.at < b.at;
      return KeyOf(a) < KeyOf(b);
    });
  }

  std::string head_;
  uint32_t heads_ = 0;
  std::string bytes_;
  std::vector<Entry> entries_;
};

// Goes through a table's rows by key; quick where the keys asked for come in order.
class Rows {
 public:
  explicit Rows(const DatabaseRep& rep) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    it_.reset(rep.disk->db->NewIterator(options, rep.family(kRows)));
  }
  rocksdb::Iterator& it() { return *it_; }

  bool Find(const std::string& key) {
    if (it_->Valid() && it_->key().compare(key) < 0) it_->Next();
    if (!it_->Valid() || it_->key() != key) it_->Seek(key);
    return it_->Valid() && it_->key() == key;
  }

 private:
  std::unique_ptr<rocksdb::Iterator> it_;
};

// The end of a bulk load.
class Load {
 public:
  Load(DatabaseRep& rep, const std::string& folder)
      : rep_(rep), folder_(folder), current_(rep.Current()) {}

  absl::Status Run() {
    // By number, as keys are.
    for (const int slot : rep_.slots) {
      if (slot >= 0 && !rep_.tables[slot]->indexes().empty()) RETURN_IF_ERROR(Indexes(slot));
    }
    // Texts are packed in the order of an index, which has to be there.
    RETURN_IF_ERROR(Flush());
    for (const int slot : rep_.slots) {
      if (slot >= 0 && !rep_.tables[slot]->texts().empty()) RETURN_IF_ERROR(Texts(slot));
    }
    return Flush();
  }

 private:
  absl::Status Flush() {
    if (lot_.empty()) return absl::OkStatus();
    const absl::Status status = lot_.Write(rep_, absl::StrCat(folder_, "/lot", ++lots_, ".sst"));
    lot_.Clear();
    return status;
  }

  std::string Begin(int slot) const {
    return GenerationHead(rep_.tables[slot]->number(), current_->tables[slot].generation);
  }

  absl::Status Indexes(int slot) {
    const TablePlan& table = *rep_.tables[slot];
    const std::string begin = Begin(slot);
    Rows rows(rep_);
    rocksdb::Iterator& it = rows.it();
    const auto row = NewRow(table);
    uint64_t from = 0;
    std::string entry;
    for (it.Seek(begin); it.Valid() && it.key().starts_with(begin); it.Next()) {
      RETURN_IF_ERROR(ParseRow(table, FromSlice(it.value()), &from, row.get()));
      const absl::string_view head = FromSlice(it.key()).substr(0, kKeyHeadBytes);
      const absl::string_view row_key = FromSlice(it.key()).substr(kKeyHeadBytes);
      for (const IndexPlan& index : table.indexes()) {
        entry.assign(1, static_cast<char>(index.ordinal()));
        if (!index.AppendEntry(*row, row_key, &entry)) continue;
        const size_t fields = entry.size() - (index.unique() ? 0 : row_key.size());
        lot_.Add(head, entry, fields, index.unique() ? row_key : absl::string_view());
      }
      if (lot_.full()) RETURN_IF_ERROR(Flush());
    }
    return FromRocks(it.status());
  }

  absl::Status Texts(int slot) {
    const std::string begin = Begin(slot);
    std::unique_ptr<rocksdb::Iterator> it(
        rep_.disk->db->NewIterator(rocksdb::ReadOptions(), rep_.family(kIndex)));
    for (it->Seek(begin); it->Valid() && it->key().starts_with(begin);) {
      const std::string head(FromSlice(it->key()).substr(0, kKeyHeadBytes));
      RETURN_IF_ERROR(TextsOf(*rep_.tables[slot], head, *it));
      // No key has the longest ordinal and more.
      it->Seek(PrefixEnd(head));
    }
    return FromRocks(it->status());
  }

  // Of one instance.
  absl::Status TextsOf(const TablePlan& table, const std::string& head, rocksdb::Iterator& it) {
    std::string prefix = head;
    prefix.push_back(static_cast<char>(table.age().ordinal()));
    Rows rows(rep_);
    const auto row = NewRow(table);
    std::deque<TextRow> segment;
    for (it.Seek(prefix); it.Valid() && it.key().starts_with(prefix); it.Next()) {
      const absl::string_view order_key = FromSlice(it.key()).substr(prefix.size());
      uint64_t from = 0;
      if (!rows.Find(head + std::string(RowKeyOf(order_key)))) return Damaged("order of rows");
      RETURN_IF_ERROR(ParseRow(table, FromSlice(rows.it().value()), &from, row.get()));
      if (IsBoundary(order_key)) RETURN_IF_ERROR(Lay(table, head, false, &segment));
      segment.emplace_back(table, std::string(order_key), *row);
    }
    RETURN_IF_ERROR(FromRocks(it.status()));
    return Lay(table, head, true, &segment);
  }

  absl::Status Lay(const TablePlan& table, const std::string& head, bool to_end,
                   std::deque<TextRow>* segment) {
    std::vector<const TextRow*> rows;
    for (const TextRow& row : *segment) rows.push_back(&row);
    LaySegments(table, rows, to_end, [&](absl::string_view entry, absl::string_view value) {
      lot_.Add(head, entry, entry[0] == static_cast<char>(kSegmentsOrdinal) ? 1 : 9, value);
    });
    segment->clear();
    return lot_.full() ? Flush() : absl::OkStatus();
  }

  DatabaseRep& rep_;
  const std::string folder_;
  const std::shared_ptr<const Published> current_;
  Lot lot_;
  int lots_ = 0;
};

}  // namespace

absl::Status WriteIndexes(DatabaseRep& rep, const std::string& folder) {
  return Load(rep, folder).Run();
}

}  // namespace muniment::projections
