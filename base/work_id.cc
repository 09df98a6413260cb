#include "base/work_id.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace muniment {
namespace {

std::string NameOf(Aggregate aggregate) {
  const auto* value = Aggregate_descriptor()->FindValueByNumber(aggregate);
  return value == nullptr ? "" : value->options().GetExtension(aggregate_name);
}

Aggregate AggregateOf(absl::string_view name) {
  for (int i = 0; i < Aggregate_descriptor()->value_count(); ++i) {
    const auto* value = Aggregate_descriptor()->value(i);
    if (value->options().GetExtension(aggregate_name) != name) continue;
    return static_cast<Aggregate>(value->number());
  }
  return AGGREGATE_UNSPECIFIED;
}

}  // namespace

std::string WorkId::ToString() const {
  return absl::StrCat(work, "/", NameOf(aggregate), "/", resource_id, "/", request);
}

std::optional<WorkId> WorkId::Parse(absl::string_view text) {
  // The aggregate's id may hold a slash; what stands around it does not.
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  if (parts.size() < 4) return std::nullopt;
  WorkId id;
  id.work = std::string(parts[0]);
  id.aggregate = AggregateOf(parts[1]);
  id.resource_id = absl::StrJoin(parts.begin() + 2, parts.end() - 1, "/");
  if (id.work.empty() || id.aggregate == AGGREGATE_UNSPECIFIED || id.resource_id.empty() ||
      !absl::SimpleAtoi(parts.back(), &id.request)) {
    return std::nullopt;
  }
  return id;
}

}  // namespace muniment
