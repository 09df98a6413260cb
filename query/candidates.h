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

// Distinct keys of the rows that the caller sees otherwise than by his organizations; nothing where there
// are more than `most`, or no index tells.
absl::StatusOr<std::optional<std::vector<std::string>>> FindBeside(projections::View& view,
                                                                   const ListPlan& plan,
                                                                   const Visibility& visibility,
                                                                   size_t most);
// Likewise of the rows where some may not stand (ListPlan::gone).
absl::StatusOr<std::optional<std::vector<std::string>>> FindGone(projections::View& view,
                                                                 const ListPlan& plan, size_t most);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_CANDIDATES_H_
