// Published names of aggregates.
#ifndef MUNIMENT_QUERY_ADMIN_AGGREGATES_H_
#define MUNIMENT_QUERY_ADMIN_AGGREGATES_H_

#include <string>

#include "muniment/options.pb.h"

namespace muniment::query {

// "user"; empty for a number that is none.
inline std::string AggregateName(Aggregate aggregate) {
  const auto* value = Aggregate_descriptor()->FindValueByNumber(aggregate);
  return value == nullptr ? "" : value->options().GetExtension(aggregate_name);
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_ADMIN_AGGREGATES_H_
