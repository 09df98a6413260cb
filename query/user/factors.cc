#include "query/user/factors.h"

namespace muniment::query {

absl::StatusOr<row::v1::UserFactors> FactorsOf(Reader& reader, const row::v1::User& user) {
  ASSIGN_OR_RETURN(auto row,
                   reader.view().Get<row::v1::UserFactors>(reader.instance(), {user.id()}));
  return row.has_value() ? *std::move(row) : row::v1::UserFactors();
}

}  // namespace muniment::query
