#include "projections/bulk_index.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "rocksdb/sst_file_writer.h"

namespace muniment::projections {
namespace {

// Bytes of keys sorted in memory at a time; each lot becomes a file.
constexpr size_t kLotBytes = 64 << 20;

// Entries of one lot: keys one behind the other in one block, sorted by reference.
class Lot {
 public:
  // Rows come in the order of their keys. `fields`: bytes of the entry before the row key.
  void Add(absl::string_view head, uint8_t ordinal, absl::string_view entry_key, size_t fields,
           absl::string_view value) {
    if (head != head_) {
      head_ = std::string(head);
      ++heads_;
    }
    Entry entry;
    entry.head = heads_;
    entry.whole = fields + 1 <= sizeof(entry.first);
    entry.at = static_cast<uint32_t>(bytes_.size());
    entry.key = static_cast<uint32_t>(head.size() + 1 + entry_key.size());
    entry.value = static_cast<uint32_t>(value.size());
    bytes_.append(head.data(), head.size()).push_back(static_cast<char>(ordinal));
    bytes_.append(entry_key.data(), entry_key.size()).append(value.data(), value.size());
    entries_.push_back(entry);
  }
  bool empty() const { return entries_.empty(); }
  bool full() const { return bytes_.size() >= kLotBytes; }
  void Clear() {
    bytes_.clear();
    entries_.clear();
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
    uint64_t first = 0;  // the key's bytes behind table, generation and instance
    uint32_t head = 0;   // counts tables and instances, which come in order
    bool whole = false;  // `first` holds all fields: equal ones are in the order of their rows
    uint32_t at = 0;
    uint32_t key = 0;
    uint32_t value = 0;
  };

  void Sort() {
    for (Entry& entry : entries_) {
      char first[sizeof(entry.first)] = {};
      std::memcpy(first, bytes_.data() + entry.at + kKeyHeadBytes,
                  std::min(sizeof(first), entry.key - kKeyHeadBytes));
      entry.first = ReadU64(absl::string_view(first, sizeof(first)));
    }
    std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
      if (a.head != b.head) return a.head < b.head;
      if (a.first != b.first) return a.first < b.first;
      if (a.whole && b.whole) return a.at < b.at;
      return absl::string_view(bytes_.data() + a.at, a.key) <
             absl::string_view(bytes_.data() + b.at, b.key);
    });
  }

  std::string head_;
  uint32_t heads_ = 0;
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace

absl::Status WriteIndexes(DatabaseRep& rep, const std::string& folder) {
  const auto current = rep.Current();
  Lot lot;
  int lots = 0;
  const auto write = [&] {
    const std::string file = absl::StrCat(folder, "/lot", ++lots, ".sst");
    const absl::Status status = lot.Write(rep, file);
    lot.Clear();
    return status;
  };
  // By number, as keys are.
  for (const int slot : rep.slots) {
    if (slot < 0 || rep.tables[slot]->indexes().empty()) continue;
    const TablePlan& table = *rep.tables[slot];
    const std::string begin = GenerationHead(table.number(), current->tables[slot].generation);
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    std::unique_ptr<rocksdb::Iterator> it(rep.disk->db->NewIterator(options, rep.family(kRows)));
    const auto row = NewRow(table);
    uint64_t from = 0;
    for (it->Seek(begin); it->Valid() && it->key().starts_with(begin); it->Next()) {
      const absl::string_view key = FromSlice(it->key());
      RETURN_IF_ERROR(ParseRow(table, FromSlice(it->value()), &from, row.get()));
      const absl::string_view head = key.substr(0, kKeyHeadBytes);
      const absl::string_view row_key = key.substr(kKeyHeadBytes);
      for (const IndexPlan& index : table.indexes()) {
        const absl::string_view value = index.unique() ? row_key : absl::string_view();
        for (const std::string& entry : index.Entries(*row, row_key)) {
          const size_t fields = entry.size() - (index.unique() ? 0 : row_key.size());
          lot.Add(head, index.ordinal(), entry, fields, value);
        }
      }
      if (lot.full()) RETURN_IF_ERROR(write());
    }
    RETURN_IF_ERROR(FromRocks(it->status()));
  }
  return lot.empty() ? absl::OkStatus() : write();
}

}  // namespace muniment::projections
