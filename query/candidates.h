// Which rows a list has to look at: the keys that the most telling part of its filter points at.
#ifndef MUNIMENT_QUERY_CANDIDATES_H_
#define MUNIMENT_QUERY_CANDIDATES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "query/list.h"

namespace muniment::query {

// Distinct row keys that hold every match of the filter, in no order; nothing when only a scan of
// the table does.
absl::StatusOr<std::optional<std::vector<std::string>>> FindCandidates(projections::View& view,
                                                                       const ListPlan& plan,
                                                                       const Predicate& filter);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_CANDIDATES_H_
