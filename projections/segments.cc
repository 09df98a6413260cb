#include "projections/segments.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "base/text.h"

namespace muniment::projections {
namespace {

// Of an order key before the row key: seconds and nanoseconds (table.h).
constexpr size_t kCreatedBytes = 12;

// FNV-1a, and a mix that lets all bytes tell in all bits. Frozen by what is on disk.
uint64_t Fingerprint(absl::string_view order_key) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : order_key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
  return hash ^ hash >> 33;
}

struct Member {
  uint16_t fragment;
  const TextRow* row;

  absl::string_view row_key() const { return RowKeyOf(row->order_key); }
  friend bool operator<(const Member& a, const Member& b) {
    return std::tuple(a.fragment, a.row_key()) < std::tuple(b.fragment, b.row_key());
  }
};

struct Posting {
  size_t last = 0;  // the newest member's number, from 1
  std::string fragments;
};

void PackText(const TextPlan& text, size_t which, absl::string_view segment,
              const std::vector<Member>& members, Emit emit) {
  absl::flat_hash_map<uint64_t, Posting> postings;
  for (size_t i = 0; i < members.size(); ++i) {
    EachTrigram(members[i].row->texts[which], [&](uint64_t trigram) {
      Posting& posting = postings[trigram];
      if (posting.last == i + 1) return;
      posting.last = i + 1;
      AppendU16(members[i].fragment, &posting.fragments);
    });
  }
  std::vector<std::pair<uint64_t, const std::string*>> sorted;
  sorted.reserve(postings.size());
  for (const auto& [trigram, posting] : postings) sorted.emplace_back(trigram, &posting.fragments);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [trigram, fragments] : sorted) {
    emit(PostingEntry(text, trigram, segment), *fragments);
  }
}

void Pack(const TablePlan& table, absl::string_view segment,
          absl::Span<const TextRow* const> rows, Emit emit) {
  std::vector<Member> members;
  members.reserve(rows.size());
  for (const TextRow* row : rows) members.push_back({FragmentOf(row->order_key), row});
  // In this order each posting's fragments come ascending.
  std::sort(members.begin(), members.end());
  std::string list;
  for (const Member& member : members) {
    AppendU16(member.fragment, &list);
    list.append(member.row_key().data(), member.row_key().size());
  }
  emit(RowsEntry(segment), list);
  for (size_t i = 0; i < table.texts().size(); ++i) {
    PackText(table.texts()[i], i, segment, members, emit);
  }
}

}  // namespace

std::string OrderKey(const TablePlan& table, const google::protobuf::Message& row,
                     absl::string_view row_key) {
  std::string order_key;
  order_key.reserve(kCreatedBytes + row_key.size());
  table.age().AppendEntry(row, row_key, &order_key);
  return order_key;
}

absl::string_view RowKeyOf(absl::string_view order_key) { return order_key.substr(kCreatedBytes); }

bool IsBoundary(absl::string_view order_key) { return Fingerprint(order_key) % kSegmentRows == 0; }

uint16_t FragmentOf(absl::string_view order_key) {
  return static_cast<uint16_t>(Fingerprint(order_key) >> 48);
}

std::string RowsEntry(absl::string_view segment) {
  std::string entry(1, static_cast<char>(kSegmentsOrdinal));
  entry.append(segment.data(), segment.size());
  return entry;
}

std::string PostingEntry(const TextPlan& text, uint64_t trigram, absl::string_view segment) {
  std::string entry;
  entry.reserve(1 + sizeof(trigram) + segment.size());
  entry.push_back(static_cast<char>(text.ordinal()));
  AppendU64(trigram, &entry);
  entry.append(segment.data(), segment.size());
  return entry;
}

TextRow::TextRow(const TablePlan& table, std::string order, const google::protobuf::Message& row)
    : order_key(std::move(order)) {
  texts.reserve(table.texts().size());
  for (const TextPlan& text : table.texts()) {
    texts.push_back(FoldForSearch(text.column().TextFrom(row)));
  }
}

void LaySegments(const TablePlan& table, absl::Span<const TextRow* const> rows, bool to_end,
                 Emit emit) {
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    end = begin + 1;
    while (end < rows.size() && !IsBoundary(rows[end]->order_key)) ++end;
    const absl::string_view first = rows[begin]->order_key;
    const absl::string_view segment = IsBoundary(first) ? first : absl::string_view();
    const bool open = to_end && end == rows.size();
    if (!open) {
      Pack(table, segment, rows.subspan(begin, end - begin), emit);
    } else if (!segment.empty()) {
      emit(RowsEntry(segment), "");
    }
  }
}

}  // namespace muniment::projections
