#include <algorithm>

#include "base/error.h"
#include "projections/database_rep.h"
#include "projections/segments.h"

namespace muniment::projections {
namespace {

// So few rows are sooner measured than narrowed by another trigram.
constexpr size_t kFewRows = 64;
constexpr size_t kStepsBetweenPauses = 64;

using Fragments = std::vector<uint16_t>;  // ascending

struct Hits {
  std::string segment;
  Fragments fragments;
};

// Entries of the index family with one beginning.
class Entries {
 public:
  Entries(const DatabaseRep& rep, const Published& at, std::string prefix)
      : prefix_(std::move(prefix)),
        end_(PrefixEnd(prefix_)),
        begin_slice_(prefix_),
        end_slice_(end_) {
    rocksdb::ReadOptions options;
    options.snapshot = at.snapshot->at;
    options.iterate_lower_bound = &begin_slice_;
    if (!end_.empty()) options.iterate_upper_bound = &end_slice_;
    it_.reset(rep.disk->db->NewIterator(options, rep.family(kIndex)));
  }

  rocksdb::Iterator* operator->() { return it_.get(); }
  absl::string_view rest() const { return FromSlice(it_->key()).substr(prefix_.size()); }
  absl::string_view value() const { return FromSlice(it_->value()); }
  absl::Status status() const { return FromRocks(it_->status()); }

  void Seek(absl::string_view rest_of_key) { it_->Seek(prefix_ + std::string(rest_of_key)); }
  // Whether there is an entry that ends so, at or behind the present one; it becomes the present one.
  bool Find(absl::string_view rest_of_key) {
    // Mostly it is the next one.
    if (it_->Valid() && rest() < rest_of_key) it_->Next();
    if (it_->Valid() && rest() < rest_of_key) Seek(rest_of_key);
    return it_->Valid() && rest() == rest_of_key;
  }

 private:
  const std::string prefix_;
  const std::string end_;
  const rocksdb::Slice begin_slice_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

absl::StatusOr<Fragments> ReadFragments(absl::string_view value) {
  if (value.size() % kFragmentBytes != 0) return Damaged("posting");
  Fragments fragments;
  fragments.reserve(value.size() / kFragmentBytes);
  for (size_t i = 0; i < value.size(); i += kFragmentBytes) {
    fragments.push_back(ReadU16(value.substr(i)));
  }
  return fragments;
}

// Of one that stands twice, by two rows, either may be meant.
void KeepThoseIn(const Fragments& others, Fragments* fragments) {
  const auto gone = std::remove_if(fragments->begin(), fragments->end(), [&](uint16_t fragment) {
    return !std::binary_search(others.begin(), others.end(), fragment);
  });
  fragments->erase(gone, fragments->end());
}

class Search {
 public:
  Search(const DatabaseRep& rep, const Published& at, const TablePlan& table, const TextPlan& text,
         uint64_t instance, absl::FunctionRef<absl::Status()> pause)
      : rep_(rep),
        at_(at),
        table_(table),
        text_(text),
        head_(KeyHead(table, at.tables[rep.Slot(table)].generation, instance)),
        pause_(pause) {}

  int gets() const { return gets_; }

  absl::StatusOr<std::optional<std::vector<std::string>>> Run(
      absl::Span<const uint64_t> trigrams) {
    Entries lists = Open(RowsEntry(""));
    lists->SeekToLast();
    RETURN_IF_ERROR(lists.status());
    if (trigrams.empty() || !lists->Valid()) return std::nullopt;
    const std::string open(lists.rest());
    RETURN_IF_ERROR(Begin(trigrams[0]));
    for (const uint64_t trigram : trigrams.subspan(1)) {
      // Too few to be narrowed further: they are measured.
      if (rows_ <= kFewRows) break;
      RETURN_IF_ERROR(Narrow(trigram));
    }
    std::vector<std::string> keys;
    keys.reserve(rows_);
    lists->SeekToFirst();
    for (const Hits& hits : hits_) RETURN_IF_ERROR(Name(hits, lists, &keys));
    RETURN_IF_ERROR(AddOpen(open, &keys));
    return keys;
  }

 private:
  Entries Open(std::string entry) {
    ++gets_;
    return Entries(rep_, at_, head_ + entry);
  }

  absl::Status Pause() {
    return ++steps_ % kStepsBetweenPauses == 0 ? pause_() : absl::OkStatus();
  }

  absl::Status Begin(uint64_t trigram) {
    Entries postings = Open(PostingEntry(text_, trigram, ""));
    for (postings->SeekToFirst(); postings->Valid(); postings->Next()) {
      RETURN_IF_ERROR(Pause());
      ASSIGN_OR_RETURN(Fragments fragments, ReadFragments(postings.value()));
      rows_ += fragments.size();
      hits_.push_back({std::string(postings.rest()), std::move(fragments)});
    }
    return postings.status();
  }

  absl::Status Narrow(uint64_t trigram) {
    Entries postings = Open(PostingEntry(text_, trigram, ""));
    postings->SeekToFirst();
    std::vector<Hits> narrowed;
    rows_ = 0;
    for (Hits& hits : hits_) {
      RETURN_IF_ERROR(Pause());
      if (!postings.Find(hits.segment)) continue;
      ASSIGN_OR_RETURN(const Fragments others, ReadFragments(postings.value()));
      KeepThoseIn(others, &hits.fragments);
      if (hits.fragments.empty()) continue;
      rows_ += hits.fragments.size();
      narrowed.push_back(std::move(hits));
    }
    hits_ = std::move(narrowed);
    return postings.status();
  }

  // The rows of a segment that the fragments stand for.
  absl::Status Name(const Hits& hits, Entries& lists, std::vector<std::string>* keys) {
    RETURN_IF_ERROR(Pause());
    ++gets_;
    const bool found = lists.Find(hits.segment);
    RETURN_IF_ERROR(lists.status());
    if (!found) return Damaged("segment");
    for (absl::string_view rest = lists.value(); !rest.empty();) {
      if (rest.size() < kFragmentBytes) return Damaged("segment");
      const uint16_t fragment = ReadU16(rest);
      rest.remove_prefix(kFragmentBytes);
      const absl::string_view row_key = rest;
      if (!table_.SkipKey(&rest)) return Damaged("segment");
      if (std::binary_search(hits.fragments.begin(), hits.fragments.end(), fragment)) {
        keys->emplace_back(row_key.substr(0, row_key.size() - rest.size()));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddOpen(const std::string& open, std::vector<std::string>* keys) {
    Entries rows = Open(std::string(1, static_cast<char>(table_.age().ordinal())));
    for (rows.Seek(open); rows->Valid(); rows->Next()) {
      RETURN_IF_ERROR(Pause());
      keys->emplace_back(RowKeyOf(rows.rest()));
    }
    return rows.status();
  }

  const DatabaseRep& rep_;
  const Published& at_;
  const TablePlan& table_;
  const TextPlan& text_;
  const std::string head_;
  const absl::FunctionRef<absl::Status()> pause_;
  std::vector<Hits> hits_;
  size_t rows_ = 0;  // fragments of all hits
  size_t steps_ = 0;
  int gets_ = 0;
};

}  // namespace

absl::StatusOr<std::optional<std::vector<std::string>>> View::MayHold(
    uint64_t instance, const TablePlan& table, const TextPlan& text,
    absl::Span<const uint64_t> trigrams, absl::FunctionRef<absl::Status()> pause) {
  RETURN_IF_ERROR(Ready(table));
  Search search(*database_, *at_, table, text, instance, pause);
  auto keys = search.Run(trigrams);
  gets_ += search.gets();
  return keys;
}

}  // namespace muniment::projections
