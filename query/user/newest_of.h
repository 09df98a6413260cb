// The newest of the rows that are kept by user and day (row.proto, SignIn).
//
//   ASSIGN_OR_RETURN(const auto last, NewestOf<row::v1::SignIn>(reader, user.id()));
//   if (last.has_value()) ... last->at()
#ifndef MUNIMENT_QUERY_USER_NEWEST_OF_H_
#define MUNIMENT_QUERY_USER_NEWEST_OF_H_

#include <optional>
#include <string>
#include <utility>

#include "query/reader.h"

namespace muniment::query {

template <class Row>
absl::StatusOr<std::optional<Row>> NewestOf(Reader& reader, const std::string& user_id) {
  const auto& table = projections::TablePlan::Of<Row>();
  const auto& index = table.index("user");
  projections::IndexRange range;
  range.prefix = index.Prefix({user_id});
  range.backward = true;  // by days
  const auto newest = reader.view().Scan(reader.instance(), table, index, std::move(range));
  RETURN_IF_ERROR(newest.status());
  if (!newest.Valid()) return std::optional<Row>();
  return reader.view().template GetByKey<Row>(reader.instance(), newest.row_key());
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_USER_NEWEST_OF_H_
