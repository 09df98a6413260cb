// The rows that stand under some values in an index, or all.
//
//   ASSIGN_OR_RETURN(const auto members, RowsBy<row::v1::Member>(view, instance, "user", {user_id}));
#ifndef MUNIMENT_PROJECTIONS_ROWS_BY_H_
#define MUNIMENT_PROJECTIONS_ROWS_BY_H_

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "projections/database.h"

namespace muniment::projections {

// In the index's order, of at most `most` of its entries. UNAVAILABLE as View::Ready.
template <class Row>
absl::StatusOr<std::vector<Row>> RowsBy(View& view, uint64_t instance, absl::string_view index,
                                        Values values,
                                        size_t most = std::numeric_limits<size_t>::max()) {
  const TablePlan& table = TablePlan::Of<Row>();
  RETURN_IF_ERROR(view.Ready(table));
  IndexRange range;
  range.prefix = table.index(index).Prefix(values);
  IndexCursor cursor = view.Scan(instance, table, table.index(index), std::move(range));
  std::vector<std::string> keys;
  for (; cursor.Valid() && keys.size() < most; cursor.Next()) {
    keys.emplace_back(cursor.row_key());
  }
  RETURN_IF_ERROR(cursor.status());
  ASSIGN_OR_RETURN(const auto found, view.GetMany(table, instance, keys));
  std::vector<Row> rows;
  for (const auto& row : found) {
    if (row != nullptr) rows.push_back(static_cast<const Row&>(*row));
  }
  return rows;
}

// Every row of an instance, or those whose key begins so, in the order of their keys.
template <class Row, class Visit>
absl::Status EachRow(View& view, uint64_t instance, absl::string_view prefix, Visit visit) {
  RowCursor cursor = view.ScanRows(instance, TablePlan::Of<Row>(), prefix);
  for (; cursor.Valid(); cursor.Next()) {
    Row row;
    RETURN_IF_ERROR(cursor.Row(&row));
    visit(row);
  }
  return cursor.status();
}

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_ROWS_BY_H_
