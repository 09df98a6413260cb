#include <string>

#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::IsOrgUniqueRequest;
using zitadel::admin::v1::IsOrgUniqueResponse;

namespace {

// The row of such a name that has a standing organization and for which `counts` says so.
template <class Row, class Counts>
absl::StatusOr<bool> Some(Reader& reader, absl::string_view index_name, const std::string& text,
                          Counts counts) {
  if (text.empty()) return false;
  const auto& table = projections::TablePlan::Of<Row>();
  const auto& index = table.index(index_name);
  projections::IndexRange range;
  range.prefix = index.Prefix({text});
  auto cursor = reader.view().Scan(reader.instance(), table, index, std::move(range));
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(const auto row,
                     reader.view().GetByKey<Row>(reader.instance(), cursor.row_key()));
    if (row.has_value() && counts(*row)) return true;
  }
  RETURN_IF_ERROR(cursor.status());
  return false;
}

}  // namespace

absl::StatusOr<IsOrgUniqueResponse> IsOrgUnique(Reader& reader,
                                                const IsOrgUniqueRequest& request) {
  const auto exists = [&reader](const std::string& id) {
    return reader.owners().Exists(reader.instance(), id);
  };
  ASSIGN_OR_RETURN(const bool named,
                   Some<row::v1::Org>(reader, "name", request.name(),
                                      [&](const auto& row) { return exists(row.id()); }));
  ASSIGN_OR_RETURN(const bool has,
                   Some<row::v1::OrgDomain>(reader, "domain", request.domain(),
                                            [&](const auto& row) {
                                              return row.verified() &&
                                                     exists(row.organization_id());
                                            }));
  IsOrgUniqueResponse response;
  response.set_is_unique(!named && !has);
  return response;
}

}  // namespace muniment::query
