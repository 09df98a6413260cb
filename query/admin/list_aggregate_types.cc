#include "query/admin/aggregates.h"
#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::ListAggregateTypesRequest;
using zitadel::admin::v1::ListAggregateTypesResponse;

absl::StatusOr<ListAggregateTypesResponse> ListAggregateTypes(Reader&,
                                                              const ListAggregateTypesRequest&) {
  ListAggregateTypesResponse response;
  for (int i = 0; i < Aggregate_descriptor()->value_count(); ++i) {
    const auto* value = Aggregate_descriptor()->value(i);
    // What is part of another is published as that.
    if (value->number() == AGGREGATE_UNSPECIFIED || !value->options().GetExtension(part_of).empty()) {
      continue;
    }
    response.add_aggregate_types()->set_type(AggregateName(static_cast<Aggregate>(value->number())));
  }
  return response;
}

}  // namespace muniment::query
