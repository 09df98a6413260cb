// Conditions on what is granted of projects, to organizations and to users, that lists of several
// services have: of any row with a `project_id` and repeated `role_key`, of any published filter with
// a text and a `method`.
//
//   spec.named = {ProjectNamed<row::v1::UserGrant>(reader, &ProjectNameQuery::name),
//                 WithRole<row::v1::UserGrant>(&RoleKeyQuery::key)};
#ifndef MUNIMENT_QUERY_GRANT_FILTERS_H_
#define MUNIMENT_QUERY_GRANT_FILTERS_H_

#include <string>

#include "query/named.h"
#include "query/project/present.h"
#include "query/text_query.h"

namespace muniment::query {

// "project_name": a project's name is no column of its grants.
template <class Row, class Query>
Named ProjectNamed(const Reader& reader, const std::string& (Query::*text)() const) {
  return Fits<Row, Query>("project_name", [&reader, text](const Query& query, const Row& row) {
    return TextQuery((query.*text)(), query.method()).Fits(ProjectName(reader, row.project_id()));
  });
}

// "role_key": some role is such.
template <class Row, class Query>
Named WithRole(const std::string& (Query::*text)() const) {
  return Fits<Row, Query>("role_key", [text](const Query& query, const Row& row) {
    return TextQuery((query.*text)(), query.method()).FitsSome(row.role_key());
  });
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_GRANT_FILTERS_H_
