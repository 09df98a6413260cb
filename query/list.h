// Lists: published filters, sorting and paging, planned over declared indexes; what the caller may
// see is part of the plan, so that totals count only that.
//
// A list without filters walks the index of its sorting and takes its total from counters, whatever
// few rows there are to be added or left out beside. Any other collects candidates by the most
// telling index, measures all of them, and sorts. There is no partial page and no partial total: a
// scan that is out of time is RESOURCE_EXHAUSTED "query.too_broad".
//
// Threads: one call, one thread.
#ifndef MUNIMENT_QUERY_LIST_H_
#define MUNIMENT_QUERY_LIST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "projections/database.h"
#include "query/filter.h"

namespace muniment::query {

inline constexpr uint32_t kDefaultLimit = 100;
inline constexpr uint32_t kMaxLimit = 1000;
// Up to so many organizations a plan merges their index ranges; beyond, each row is held against
// the set.
inline constexpr size_t kMaxMergedOwners = 64;

// Rows with one of these values in a column.
struct Sight {
  std::string column;
  std::vector<std::string> values;  // sorted
};

// Which rows may be seen: all, or those of some organizations, the caller's own, and what else he
// manages.
struct Visibility {
  bool all = false;
  std::vector<std::string> organizations;  // sorted
  std::string self;                        // user id, or empty
  std::vector<Sight> sights = {};          // none of them empty
};

// A row whose column, folded, equals a text, or the row of a key (TablePlan::Key): how a named
// predicate points at candidates.
struct Narrowing {
  std::string column;
  std::string text;
  std::string key = {};
};

// A predicate that is no plain comparison.
struct Named {
  std::string name;
  std::function<absl::StatusOr<bool>(const google::protobuf::Message& argument,
                                     const google::protobuf::Message& row)>
      matches;
  // Candidates that surely hold all matches; none: it does not narrow.
  std::function<std::vector<Narrowing>(const google::protobuf::Message& argument)> narrow;
};

// What rows are sorted by that is no column.
struct NamedOrder {
  std::string name;
  std::function<absl::StatusOr<std::string>(const google::protobuf::Message& row)> key;
};

struct ColumnValue {
  std::string column;
  std::string value;
};

// What is listed, of which table, for whom.
struct ListPlan {
  const projections::TablePlan* table = nullptr;
  uint64_t instance = 0;
  // Only rows whose key begins so (TablePlan::Key).
  std::string within;
  // The column that holds the organization that owns a row, and those that hold the users whose it
  // is; empty where a table has none.
  std::string owner_column;
  std::vector<std::string> self_columns;
  Visibility visibility;
  // Whether the owner still stands: rows of removed organizations answer as absent until swept.
  std::function<bool(absl::string_view organization)> stands;
  // Organizations that are removed and not yet swept.
  std::vector<std::string> removed;
  // Likewise, of a row by more than its owner; null where that says all. Where it may say no, so
  // that counters count too many: `gone`, columns and what they hold there; `some_gone`: anywhere.
  std::function<absl::StatusOr<bool>(const google::protobuf::Message& row)> row_stands;
  std::vector<ColumnValue> gone;
  bool some_gone = false;
  // Instead of the visibility, where that takes more than columns.
  std::function<absl::StatusOr<bool>(const google::protobuf::Message& row)> sees;
  std::vector<Named> named;
  std::vector<NamedOrder> orders;
  // Rows that hold all there can be; absent: any of the table.
  std::optional<std::vector<Narrowing>> among;
  absl::Time deadline = absl::InfiniteFuture();
};

struct ListRequest {
  uint64_t offset = 0;
  uint32_t limit = kDefaultLimit;
  bool ascending = false;
  // Column to sort by; empty: the primary key. Asked for nothing, a list is sorted by age.
  std::string sort;
  // Instead, a named order.
  std::string order;
  Predicate filter;
};

struct Page {
  uint32_t limit = 0;  // that was applied
  uint64_t total = 0;
  std::vector<std::unique_ptr<google::protobuf::Message>> rows;
};

// Reads a published list request by its shape: a ListQuery (of v1 or v2) or PaginationRequest, a
// `sorting_column`, repeated filters. INVALID_ARGUMENT "query.limit_too_large" above kMaxLimit,
// "request.sorting_column.undefined" for a number that the column's enum does not have.
absl::StatusOr<ListRequest> ParseListRequest(const google::protobuf::Message& request,
                                             const projections::TablePlan& table);

absl::StatusOr<Page> RunList(projections::View& view, const ListPlan& plan,
                             const ListRequest& request);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_LIST_H_
