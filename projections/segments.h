// How `contains` is answered: the text indexes of a table, packed by segment.
//
// The rows of an instance stand in the order of their order keys, created || row key, which are the
// entries of the table's index on stamp.created. As created never runs backwards, new rows come at
// the end, whatever their ids look like. A row whose order key has a fingerprint divisible by
// kSegmentRows is a boundary; a segment is the rows from one boundary to the next, named by the
// boundary's order key, the one before the first boundary by no bytes at all. The last segment is
// open: nothing is kept of its rows, a search measures each. All others are closed, and of them
// stand in the index family, behind table, generation and instance:
//
//     ff || segment                          its rows: fragment u16 || row key, ascending
//     ordinal u8 || trigram u64 || segment   of the rows whose text has it: fragment u16, ascending
//
// A fragment is 16 bits of an order key's fingerprint. Two rows of one segment may have the same;
// it then stands twice, so that each row can take its own away, and a search looks at both. An open
// segment that begins with a boundary has a list of no rows, which says where it begins. Thus all
// is a function of the rows that are there, however they came. Fingerprints take in the time of
// creation, which nobody chooses: chosen ids make no segment long or short.
//
// Functions of their arguments.
#ifndef MUNIMENT_PROJECTIONS_SEGMENTS_H_
#define MUNIMENT_PROJECTIONS_SEGMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "projections/table.h"

namespace muniment::projections {

// Rows of a segment on average. More make fewer entries a row and searches that read fewer of them,
// but more rows to measure in the open segment, and a longer pause when one is packed.
inline constexpr uint64_t kSegmentRows = 512;

inline constexpr size_t kFragmentBytes = 2;

// Where a row stands among the rows of its table.
std::string OrderKey(const TablePlan& table, const google::protobuf::Message& row,
                     absl::string_view row_key);
absl::string_view RowKeyOf(absl::string_view order_key);
bool IsBoundary(absl::string_view order_key);
uint16_t FragmentOf(absl::string_view order_key);

// Entries without their head, as they stand in the file comment.
std::string RowsEntry(absl::string_view segment);
std::string PostingEntry(const TextPlan& text, uint64_t trigram, absl::string_view segment);

// A row as the text indexes see it.
struct TextRow {
  TextRow(const TablePlan& table, std::string order, const google::protobuf::Message& row);

  std::string order_key;
  std::vector<std::string> texts;  // folded, by TablePlan::texts
};

// Calls `emit` with each entry, and its value, of the segments that these rows make. They are all
// rows from a boundary, or from the first of all, up to a boundary, or `to_end`, in their order.
// Entries of one segment come one after the other, those of one of its texts ascending.
using Emit = absl::FunctionRef<void(absl::string_view entry, absl::string_view value)>;
void LaySegments(const TablePlan& table, absl::Span<const TextRow* const> rows, bool to_end,
                 Emit emit);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_SEGMENTS_H_
