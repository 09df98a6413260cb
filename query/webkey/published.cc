#include "query/webkey/published.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace muniment::query {

absl::StatusOr<std::vector<row::v1::WebKey>> PublishedWebKeys(projections::View& view,
                                                              uint64_t instance) {
  const auto& table = projections::TablePlan::Of<row::v1::WebKey>();
  RETURN_IF_ERROR(view.Ready(table));
  std::vector<row::v1::WebKey> keys;
  auto cursor = view.ScanRows(instance, table, table.Key({}));
  for (; cursor.Valid(); cursor.Next()) RETURN_IF_ERROR(cursor.Row(&keys.emplace_back()));
  RETURN_IF_ERROR(cursor.status());
  const auto age = [](const row::v1::WebKey& key) {
    const auto& created = key.stamp().created();
    return std::make_tuple(created.seconds(), created.nanos(), key.id());
  };
  std::sort(keys.begin(), keys.end(),
            [&age](const auto& a, const auto& b) { return age(a) < age(b); });
  return keys;
}

}  // namespace muniment::query
