// Published names of aggregates.
#ifndef MUNIMENT_QUERY_ADMIN_AGGREGATES_H_
#define MUNIMENT_QUERY_ADMIN_AGGREGATES_H_

#include <string>

#include "eventstore/store.h"
#include "muniment/options.pb.h"

namespace muniment::query {

// "user"; of what is part of another, "project"; empty for a number that is none.
inline std::string AggregateName(Aggregate aggregate) {
  const auto* value = Aggregate_descriptor()->FindValueByNumber(aggregate);
  if (value == nullptr) return "";
  const std::string& whole = value->options().GetExtension(part_of);
  return whole.empty() ? value->options().GetExtension(aggregate_name) : whole;
}

// The id of the aggregate that a stream is published as.
inline std::string AggregateId(const eventstore::StreamKey& stream) {
  return stream.id.substr(0, stream.id.find('/'));
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_ADMIN_AGGREGATES_H_
