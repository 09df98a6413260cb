#include "projections/segment_writer.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace muniment::projections {
namespace {

using google::protobuf::Message;

constexpr size_t kInstancesKept = 100'000;

// One side of a change.
struct Side {
  std::string order_key;
  const Message* row;
};

// Rows whose segments are laid anew: all from one boundary on, or from the first row of all, to
// another one, or to the end.
struct Region {
  std::string first;
  std::optional<std::string> end;

  bool Holds(absl::string_view order_key) const {
    return first <= order_key && (!end.has_value() || order_key < *end);
  }
};

// Names of the segments that an instance has on disk.
class Names {
 public:
  Names(const DatabaseRep& rep, absl::string_view head)
      : prefix_(std::string(head) + RowsEntry("")), end_(PrefixEnd(prefix_)), end_slice_(end_) {
    rocksdb::ReadOptions options;
    if (!end_.empty()) options.iterate_upper_bound = &end_slice_;
    it_.reset(rep.disk->db->NewIterator(options, rep.family(kIndex)));
  }

  // The segment that holds this order key.
  std::string At(absl::string_view order_key) {
    it_->SeekForPrev(prefix_ + std::string(order_key));
    return Name();
  }
  // The one before a boundary, whether it stands or not.
  std::string Before(absl::string_view boundary) {
    it_->SeekForPrev(prefix_ + std::string(boundary));
    if (it_->Valid() && Name() == boundary) it_->Prev();
    return Name();
  }
  std::optional<std::string> Behind(absl::string_view order_key) {
    it_->Seek(prefix_ + std::string(order_key) + '\0');
    if (!it_->Valid()) return std::nullopt;
    return Name();
  }
  // The open one; empty where there is no boundary.
  absl::StatusOr<std::string> Open() {
    it_->SeekToLast();
    const std::string name = Name();
    RETURN_IF_ERROR(status());
    if (!name.empty() && !it_->value().empty()) return Damaged("open segment");
    return name;
  }
  absl::Status status() const { return FromRocks(it_->status()); }

 private:
  std::string Name() const {
    if (!it_->Valid() || !it_->key().starts_with(prefix_)) return std::string();
    return std::string(FromSlice(it_->key()).substr(prefix_.size()));
  }

  const std::string prefix_;
  const std::string end_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

// An update under way.
class Update {
 public:
  Update(DatabaseRep& rep, const TablePlan& table, const std::string& head, std::string& open,
         SegmentWriter::ReadRow read, rocksdb::WriteBatch& writes)
      : rep_(rep), table_(table), head_(head), open_(open), read_(read), writes_(writes) {}

  absl::Status Run(absl::Span<const TextChange> changes) {
    std::vector<std::string> shaken;
    for (const TextChange& change : changes) Take(change, &shaken);
    const auto in_open = [&](const Side& side) { return side.order_key >= open_; };
    if (shaken.empty() && std::all_of(gone_.begin(), gone_.end(), in_open) &&
        std::all_of(come_.begin(), come_.end(), in_open)) {
      return absl::OkStatus();
    }
    Names names(rep_, head_);
    std::sort(shaken.begin(), shaken.end());
    for (const std::string& boundary : shaken) Shake(names, boundary);
    RETURN_IF_ERROR(names.status());
    RETURN_IF_ERROR(Edit(names));
    for (const Region& region : regions_) RETURN_IF_ERROR(Lay(region));
    return absl::OkStatus();
  }

 private:
  // Fragments and rows to take out of an entry and to put into it.
  struct Edits {
    std::vector<std::string> gone, come;
  };

  void Take(const TextChange& change, std::vector<std::string>* shaken) {
    std::string before, after;
    if (change.before != nullptr) before = OrderKey(table_, *change.before, change.row_key);
    if (change.after != nullptr) after = OrderKey(table_, *change.after, change.row_key);
    for (const std::string* key : {&before, &after}) {
      if (before != after && !key->empty() && IsBoundary(*key)) shaken->push_back(*key);
    }
    if (change.before != nullptr) gone_.push_back({std::move(before), change.before});
    if (change.after != nullptr) come_.push_back({std::move(after), change.after});
  }

  void Shake(Names& names, const std::string& boundary) {
    Region region{names.Before(boundary), names.Behind(boundary)};
    if (regions_.empty() ||
        (regions_.back().end.has_value() && *regions_.back().end <= region.first)) {
      regions_.push_back(std::move(region));
    } else {
      regions_.back().end = std::move(region.end);
    }
  }

  bool Laid(absl::string_view order_key) const {
    return std::any_of(regions_.begin(), regions_.end(),
                       [&](const Region& region) { return region.Holds(order_key); });
  }

  // ---- within closed segments

  absl::Status Edit(Names& names) {
    std::map<std::string, Edits> edits;
    for (const auto& [sides, which] : {std::pair(&gone_, &Edits::gone), {&come_, &Edits::come}}) {
      for (const Side& side : *sides) {
        if (side.order_key >= open_ || Laid(side.order_key)) continue;
        const std::string segment = names.At(side.order_key);
        const TextRow row(table_, side.order_key, *side.row);
        std::string fragment;
        AppendU16(FragmentOf(side.order_key), &fragment);
        (edits[RowsEntry(segment)].*which)
            .push_back(fragment + std::string(RowKeyOf(side.order_key)));
        for (size_t i = 0; i < row.texts.size(); ++i) {
          for (const uint64_t trigram : Trigrams(row.texts[i])) {
            (edits[PostingEntry(table_.texts()[i], trigram, segment)].*which).push_back(fragment);
          }
        }
      }
    }
    RETURN_IF_ERROR(names.status());
    for (auto& [entry, edit] : edits) RETURN_IF_ERROR(Rewrite(entry, edit));
    return absl::OkStatus();
  }

  absl::Status Rewrite(const std::string& entry, Edits& edit) {
    std::sort(edit.gone.begin(), edit.gone.end());
    std::sort(edit.come.begin(), edit.come.end());
    if (edit.gone == edit.come) return absl::OkStatus();
    std::string value;
    const rocksdb::Status found =
        rep_.disk->db->Get(rocksdb::ReadOptions(), rep_.family(kIndex), head_ + entry, &value);
    if (!found.IsNotFound()) RETURN_IF_ERROR(FromRocks(found));
    const bool rows = entry[0] == static_cast<char>(kSegmentsOrdinal);
    std::vector<std::string> parts, kept, all;
    for (absl::string_view rest = value; !rest.empty();) {
      absl::string_view behind = rest.substr(std::min(kFragmentBytes, rest.size()));
      if (rest.size() < kFragmentBytes || (rows && !table_.SkipKey(&behind))) {
        return Damaged("segment");
      }
      parts.emplace_back(rest.substr(0, rest.size() - behind.size()));
      rest = behind;
    }
    std::set_difference(parts.begin(), parts.end(), edit.gone.begin(), edit.gone.end(),
                        std::back_inserter(kept));
    if (kept.size() + edit.gone.size() != parts.size()) return Damaged("segment");
    std::merge(kept.begin(), kept.end(), edit.come.begin(), edit.come.end(),
               std::back_inserter(all));
    value.clear();
    for (const std::string& part : all) value += part;
    if (value.empty()) {
      Delete(entry);
    } else {
      Put(entry, value);
    }
    return absl::OkStatus();
  }

  // ---- around boundaries that come or go

  absl::Status Lay(const Region& region) {
    std::deque<TextRow> rows;
    std::vector<const TextRow*> before, after;
    RETURN_IF_ERROR(Read(region, &rows, &before, &after));
    for (const Side& side : come_) {
      if (!region.Holds(side.order_key)) continue;
      after.push_back(&rows.emplace_back(table_, side.order_key, *side.row));
    }
    std::sort(after.begin(), after.end(), [](const TextRow* a, const TextRow* b) {
      return a->order_key < b->order_key;
    });
    const bool to_end = !region.end.has_value();
    std::map<std::string, std::string, std::less<>> old;
    LaySegments(table_, before, to_end, [&](absl::string_view entry, absl::string_view value) {
      old.emplace(entry, value);
    });
    std::string last;
    LaySegments(table_, after, to_end, [&](absl::string_view entry, absl::string_view value) {
      if (value.empty()) last = std::string(entry.substr(RowsEntry("").size()));
      const auto it = old.find(entry);
      if (it == old.end() || it->second != value) Put(entry, value);
      if (it != old.end()) old.erase(it);
    });
    for (const auto& [entry, value] : old) Delete(entry);
    if (to_end) open_ = std::move(last);
    return absl::OkStatus();
  }

  // The rows of a region as they are on disk, and those of them that do not change.
  absl::Status Read(const Region& region, std::deque<TextRow>* rows,
                    std::vector<const TextRow*>* before, std::vector<const TextRow*>* after) {
    absl::flat_hash_map<absl::string_view, const Message*> gone;
    for (const Side& side : gone_) {
      if (region.Holds(side.order_key)) gone.emplace(side.order_key, side.row);
    }
    std::string prefix = head_;
    prefix.push_back(static_cast<char>(table_.age().ordinal()));
    const std::string end = region.end.has_value() ? prefix + *region.end : PrefixEnd(prefix);
    const rocksdb::Slice end_slice(end);
    rocksdb::ReadOptions options;
    if (!end.empty()) options.iterate_upper_bound = &end_slice;
    std::unique_ptr<rocksdb::Iterator> it(
        rep_.disk->db->NewIterator(options, rep_.family(kIndex)));
    size_t left = gone.size();
    for (it->Seek(prefix + region.first); it->Valid(); it->Next()) {
      const absl::string_view order_key = FromSlice(it->key()).substr(prefix.size());
      if (const auto changed = gone.find(order_key); changed != gone.end()) {
        before->push_back(
            &rows->emplace_back(table_, std::string(order_key), *changed->second));
        --left;
        continue;
      }
      const Message* const row = read_(RowKeyOf(order_key));
      if (row == nullptr) return Damaged("order of rows");
      before->push_back(&rows->emplace_back(table_, std::string(order_key), *row));
      after->push_back(before->back());
    }
    RETURN_IF_ERROR(FromRocks(it->status()));
    return left == 0 ? absl::OkStatus() : Damaged("order of rows");
  }

  void Put(absl::string_view entry, absl::string_view value) {
    writes_.Put(rep_.family(kIndex), head_ + std::string(entry), ToSlice(value));
  }
  void Delete(const std::string& entry) { writes_.Delete(rep_.family(kIndex), head_ + entry); }

  DatabaseRep& rep_;
  const TablePlan& table_;
  const std::string& head_;
  std::string& open_;
  const SegmentWriter::ReadRow read_;
  rocksdb::WriteBatch& writes_;
  std::vector<Side> gone_, come_;
  std::vector<Region> regions_;
};

}  // namespace

bool ChangesText(const TablePlan& table, const TextChange& change) {
  if (change.before == nullptr || change.after == nullptr) return change.before != change.after;
  return !table.age().Same(*change.before, *change.after) ||
         std::any_of(table.texts().begin(), table.texts().end(), [&](const TextPlan& text) {
           return !text.column().Same(*change.before, *change.after);
         });
}

absl::Status SegmentWriter::Update(const TablePlan& table, const std::string& head,
                                   absl::Span<const TextChange> changes, ReadRow read,
                                   rocksdb::WriteBatch& writes) {
  auto open = open_.find(head);
  if (open == open_.end()) {
    if (open_.size() >= kInstancesKept) open_.clear();
    ASSIGN_OR_RETURN(std::string first, Names(rep_, head).Open());
    open = open_.emplace(head, std::move(first)).first;
  }
  return projections::Update(rep_, table, head, open->second, read, writes).Run(changes);
}

}  // namespace muniment::projections
