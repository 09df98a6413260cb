#include "gateway/reactors/due_list.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "eventstore/store.h"
#include "google/protobuf/util/time_util.h"
#include "muniment/row/v1/work.pb.h"

namespace muniment::gateway {
namespace {

using eventstore::kSystemInstance;
using google::protobuf::util::TimeUtil;
using projections::IndexCursor;
using projections::TablePlan;
using projections::View;
using Row = row::v1::Work;

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(timestamp));
}

// The rows of one name in the order of an index.
IndexCursor Scan(View& view, absl::string_view index, absl::string_view work) {
  const TablePlan& table = TablePlan::Of<Row>();
  projections::IndexRange range;
  range.prefix = table.index(index).Prefix({work});
  return view.Scan(kSystemInstance, table, table.index(index), std::move(range));
}

}  // namespace

absl::StatusOr<DueList> ListDue(View& view, absl::string_view work, absl::Time now, size_t most,
                                const std::function<bool(const std::string&)>& passed) {
  RETURN_IF_ERROR(view.Ready(TablePlan::Of<Row>()));
  DueList list;
  IndexCursor cursor = Scan(view, "due", work);
  for (; cursor.Valid() && list.due.size() < most; cursor.Next()) {
    std::string key(cursor.row_key());
    if (passed(key)) continue;
    ASSIGN_OR_RETURN(const std::optional<Row> row, view.GetByKey<Row>(kSystemInstance, key));
    if (!row.has_value()) continue;
    const absl::Time due = TimeOf(row->due());
    if (due > now) {
      list.next = due;
      break;
    }
    list.due.push_back(
        {std::move(key),
         {.instance = row->instance(),
          .id = {row->name(), row->aggregate(), row->resource_id(), row->request()},
          .requested = TimeOf(row->requested()),
          .attempts = row->attempts(),
          .begun = row->begun()}});
  }
  RETURN_IF_ERROR(cursor.status());
  return list;
}

absl::StatusOr<Queue> QueueOf(const projections::Database& database, absl::string_view work) {
  View view = database.Read();
  Queue queue;
  ASSIGN_OR_RETURN(queue.length, view.Count<Row>(kSystemInstance, "name", {work}));
  IndexCursor cursor = Scan(view, "requested", work);
  if (cursor.Valid()) {
    ASSIGN_OR_RETURN(const std::optional<Row> row,
                     view.GetByKey<Row>(kSystemInstance, cursor.row_key()));
    if (row.has_value()) queue.oldest = TimeOf(row->requested());
  }
  RETURN_IF_ERROR(cursor.status());
  return queue;
}

absl::StatusOr<uint64_t> DeadLetters(const projections::Database& database) {
  View view = database.Read();
  uint64_t letters = 0;
  for (const uint64_t instance : view.instances()) {
    ASSIGN_OR_RETURN(const uint64_t of_instance,
                     view.Count<row::v1::DeadLetter>(instance, "all", {}));
    letters += of_instance;
  }
  return letters;
}

}  // namespace muniment::gateway
