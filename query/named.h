// A named predicate, typed: what a published filter asks of a row that no comparison with a column
// says.
//
//   spec.named = {Fits<row::v1::ProjectGrant, ProjectNameFilter>(
//       "project_name", [&reader](const auto& query, const auto& row) { ... })};
#ifndef MUNIMENT_QUERY_NAMED_H_
#define MUNIMENT_QUERY_NAMED_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "query/list.h"

namespace muniment::query {

template <class Row, class Query>
Named Fits(std::string name,
           std::function<absl::StatusOr<bool>(const Query& query, const Row& row)> fits) {
  Named named;
  named.name = std::move(name);
  named.matches = [fits = std::move(fits)](const google::protobuf::Message& argument,
                                           const google::protobuf::Message& row) {
    return fits(static_cast<const Query&>(argument), static_cast<const Row&>(row));
  };
  return named;
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_NAMED_H_
