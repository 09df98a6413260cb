#include "query/list.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/text.h"
#include "query/candidates.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using projections::Column;
using projections::IndexCursor;
using projections::IndexPlan;
using projections::TablePlan;
using projections::View;

constexpr size_t kRowsAtOnce = 256;

// A list being answered.
class Run {
 public:
  Run(View& view, const ListPlan& plan, const ListRequest& request)
      : view_(view),
        plan_(plan),
        request_(request),
        table_(*plan.table),
        visibility_(plan.visibility),
        filters_(!request.filter.parts.empty()) {
    NarrowToOwner();
    if (!plan.owner_column.empty()) owner_.emplace(table_.row(), plan.owner_column);
    for (const auto& column : plan.self_columns) self_.emplace_back(table_.row(), column);
    for (const auto& sight : plan.visibility.sights) sights_.emplace_back(table_.row(), sight.column);
  }

  absl::StatusOr<Page> Answer() {
    if (const IndexPlan* index = WalkableIndex()) return Walk(*index);
    return Measure();
  }

 private:
  // ---- no filters: the index of the sorting, the totals of counters

  // "Of this organization" and nothing else is no filter: it is what a caller sees who may see that
  // organization alone, and is walked and counted like it.
  void NarrowToOwner() {
    if (plan_.owner_column.empty() || plan_.owner_column == "id") return;
    if (request_.filter.op != Predicate::Op::kAnd || request_.filter.parts.size() != 1) return;
    const Predicate& only = request_.filter.parts.front();
    if (only.op != Predicate::Op::kText || only.text != TextMethod::kEquals ||
        only.column->path() != plan_.owner_column) {
      return;
    }
    const std::string& owner = only.texts.front();
    if (!visibility_.all && !std::binary_search(visibility_.organizations.begin(),
                                                visibility_.organizations.end(), owner)) {
      return;
    }
    // Whoever sees all of the organization sees nothing more of it by what else he manages.
    visibility_ = {.all = false, .organizations = {owner}, .self = ""};
    filters_ = false;
  }

  // The index that yields the page in order without looking at a row; null where there is none.
  const IndexPlan* WalkableIndex() const {
    if (filters_ || !plan_.within.empty() || request_.sort.empty()) return nullptr;
    if (plan_.among.has_value() || !request_.order.empty()) return nullptr;
    if (plan_.some_gone || plan_.sees != nullptr) return nullptr;
    if (visibility_.all) return plan_.removed.empty() ? FindIndex({request_.sort}) : nullptr;
    if (!visibility_.self.empty() || !visibility_.sights.empty() || plan_.owner_column.empty() ||
        plan_.owner_column == "id" ||
        visibility_.organizations.size() > kMaxMergedOwners) {
      return nullptr;
    }
    return FindIndex({plan_.owner_column, request_.sort});
  }

  const IndexPlan* FindIndex(std::vector<std::string> paths) const {
    for (const auto& index : table_.indexes()) {
      if (index.unique() || index.columns().size() != paths.size()) continue;
      const bool same = std::equal(paths.begin(), paths.end(), index.columns().begin(),
                                   [](const auto& path, const auto& c) { return c.path() == path; });
      if (same) return &index;
    }
    return nullptr;
  }

  absl::StatusOr<std::optional<uint64_t>> CountAll() {
    uint64_t total = 0;
    for (const auto& counter : table_.counters()) {
      if (visibility_.all && counter.columns().empty()) {
        return view_.Count(table_, counter, plan_.instance, {});
      }
      if (visibility_.all || counter.columns().size() != 1 ||
          counter.columns()[0].path() != plan_.owner_column) {
        continue;
      }
      for (const auto& org : visibility_.organizations) {
        if (!Stands(org)) continue;
        const projections::Value value(org);
        ASSIGN_OR_RETURN(const uint64_t rows,
                         view_.Count(table_, counter, plan_.instance, absl::MakeConstSpan(&value, 1)));
        total += rows;
      }
      return total;
    }
    return std::nullopt;
  }

  absl::StatusOr<Page> Walk(const IndexPlan& index) {
    ASSIGN_OR_RETURN(const auto total, CountAll());
    if (!total.has_value()) return Measure();
    std::vector<IndexCursor> cursors;
    std::vector<size_t> heads;  // bytes of the owner before what is sorted by
    if (visibility_.all) {
      cursors.push_back(Open(index, ""));
      heads.push_back(0);
    }
    for (const auto& org : visibility_.organizations) {
      if (visibility_.all || !Stands(org)) continue;
      const std::string prefix = index.Prefix({org});
      cursors.push_back(Open(index, prefix));
      heads.push_back(prefix.size());
    }
    Page page;
    page.total = *total;
    ASSIGN_OR_RETURN(const auto keys, Merge(cursors, heads));
    ASSIGN_OR_RETURN(page.rows, view_.GetMany(table_, plan_.instance, keys));
    return page;
  }

  bool Stands(absl::string_view organization) const {
    return plan_.stands == nullptr || plan_.stands(organization);
  }

  IndexCursor Open(const IndexPlan& index, std::string prefix) {
    projections::IndexRange range;
    range.prefix = std::move(prefix);
    range.backward = !request_.ascending;
    return view_.Scan(plan_.instance, table_, index, std::move(range));
  }

  // The page's row keys: the smallest (or greatest) entry of all cursors, again and again.
  absl::StatusOr<std::vector<std::string>> Merge(std::vector<IndexCursor>& cursors,
                                                 const std::vector<size_t>& heads) {
    std::vector<std::string> keys;
    uint64_t skipped = 0;
    while (keys.size() < request_.limit) {
      int best = -1;
      absl::string_view best_entry;
      for (size_t i = 0; i < cursors.size(); ++i) {
        RETURN_IF_ERROR(cursors[i].status());
        if (!cursors[i].Valid()) continue;
        const absl::string_view entry = cursors[i].entry().substr(heads[i]);
        if (best < 0 || (request_.ascending ? entry < best_entry : entry > best_entry)) {
          best = static_cast<int>(i);
          best_entry = entry;
        }
      }
      if (best < 0) break;
      if (skipped < request_.offset) {
        if (++skipped % 4096 == 0) RETURN_IF_ERROR(CheckTime());
      } else {
        keys.emplace_back(cursors[best].row_key());
      }
      cursors[best].Next();
    }
    return keys;
  }

  // ---- filters: candidates, each measured

  struct Match {
    std::string sort;
    std::string key;
    friend bool operator<(const Match& a, const Match& b) {
      return std::tie(a.sort, a.key) < std::tie(b.sort, b.key);
    }
  };

  absl::StatusOr<Page> Measure() {
    std::vector<Match> matches;
    const auto visit = [&](absl::string_view key, const Message& row) -> absl::Status {
      ASSIGN_OR_RETURN(const bool match, Fits(row));
      if (!match) return absl::OkStatus();
      ASSIGN_OR_RETURN(std::string sort, SortKey(row));
      matches.push_back({std::move(sort), std::string(key)});
      return absl::OkStatus();
    };
    ASSIGN_OR_RETURN(const auto candidates, FindCandidates(view_, plan_, request_.filter));
    RETURN_IF_ERROR(candidates.has_value() ? VisitKeys(*candidates, visit) : VisitAll(visit));
    const auto less = [&](const Match& a, const Match& b) {
      return request_.ascending ? a < b : b < a;
    };
    Page page;
    page.total = matches.size();
    const size_t first = std::min<uint64_t>(request_.offset, matches.size());
    const size_t last = std::min<uint64_t>(first + request_.limit, matches.size());
    std::partial_sort(matches.begin(), matches.begin() + last, matches.end(), less);
    std::vector<std::string> keys;
    for (size_t i = first; i < last; ++i) keys.push_back(matches[i].key);
    ASSIGN_OR_RETURN(page.rows, view_.GetMany(table_, plan_.instance, keys));
    return page;
  }

  using Visit = absl::FunctionRef<absl::Status(absl::string_view key, const Message& row)>;

  absl::Status VisitKeys(const std::vector<std::string>& keys, Visit visit) {
    for (size_t at = 0; at < keys.size(); at += kRowsAtOnce) {
      RETURN_IF_ERROR(CheckTime());
      const size_t count = std::min(kRowsAtOnce, keys.size() - at);
      const auto some = absl::MakeConstSpan(keys).subspan(at, count);
      ASSIGN_OR_RETURN(const auto rows, view_.GetMany(table_, plan_.instance, some));
      for (size_t i = 0; i < count; ++i) {
        if (rows[i] == nullptr || !absl::StartsWith(some[i], plan_.within)) continue;
        RETURN_IF_ERROR(visit(some[i], *rows[i]));
      }
    }
    return absl::OkStatus();
  }

  absl::Status VisitAll(Visit visit) {
    const auto* prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(table_.row());
    const std::unique_ptr<Message> row(prototype->New());
    auto cursor = view_.ScanRows(plan_.instance, table_, plan_.within);
    for (size_t seen = 0; cursor.Valid(); cursor.Next()) {
      if (++seen % kRowsAtOnce == 0) RETURN_IF_ERROR(CheckTime());
      RETURN_IF_ERROR(cursor.Row(row.get()));
      RETURN_IF_ERROR(visit(cursor.row_key(), *row));
    }
    return cursor.status();
  }

  absl::StatusOr<bool> Fits(const Message& row) const {
    if (!Visible(row)) return false;
    if (plan_.sees != nullptr) {
      ASSIGN_OR_RETURN(const bool seen, plan_.sees(row));
      if (!seen) return false;
    }
    if (plan_.row_stands != nullptr) {
      ASSIGN_OR_RETURN(const bool stands, plan_.row_stands(row));
      if (!stands) return false;
    }
    return Matches(request_.filter, row,
                   [&](const Predicate& named, const Message& r) -> absl::StatusOr<bool> {
                     for (const auto& known : plan_.named) {
                       if (known.name == named.name) return known.matches(*named.argument, r);
                     }
                     return Error(absl::StatusCode::kInternal, "query.no_such_predicate",
                                  absl::StrCat("No list predicate ", named.name, "."));
                   });
  }

  bool Visible(const Message& row) const {
    std::string owner;
    if (owner_.has_value()) {
      owner = owner_->TextFrom(row);
      if (!Stands(owner)) return false;
    }
    const auto& visibility = plan_.visibility;
    if (visibility.all) return true;
    if (owner_.has_value() && std::binary_search(visibility.organizations.begin(),
                                                 visibility.organizations.end(), owner)) {
      return true;
    }
    for (size_t i = 0; i < sights_.size(); ++i) {
      const auto& values = visibility.sights[i].values;
      if (std::binary_search(values.begin(), values.end(), sights_[i].TextFrom(row))) return true;
    }
    return !visibility.self.empty() &&
           std::any_of(self_.begin(), self_.end(), [&](const Column& column) {
             return column.TextFrom(row) == visibility.self;
           });
  }

  absl::StatusOr<std::string> SortKey(const Message& row) const {
    std::string key;
    for (const NamedOrder& order : plan_.orders) {
      if (order.name == request_.order) return order.key(row);
    }
    if (!request_.order.empty()) {
      return Error(absl::StatusCode::kInternal, "query.no_such_order",
                   absl::StrCat("No list order ", request_.order, "."));
    }
    if (request_.sort.empty()) return key;
    if (!sort_.has_value()) sort_.emplace(table_.row(), request_.sort);
    sort_->AppendFrom(row, sort_->type() == Column::Type::kText, &key);
    return key;
  }

  absl::Status CheckTime() const {
    if (absl::Now() < plan_.deadline) return absl::OkStatus();
    return Error(absl::StatusCode::kResourceExhausted, "query.too_broad",
                 "The search takes too long; narrow it.");
  }

  View& view_;
  const ListPlan& plan_;
  const ListRequest& request_;
  const TablePlan& table_;
  Visibility visibility_;  // as the walk sees it; rows are held against the plan's
  bool filters_;
  std::optional<Column> owner_;
  std::vector<Column> self_;
  std::vector<Column> sights_;
  mutable std::optional<Column> sort_;
};

}  // namespace

absl::StatusOr<Page> RunList(View& view, const ListPlan& plan, const ListRequest& request) {
  RETURN_IF_ERROR(view.Ready(*plan.table));
  ASSIGN_OR_RETURN(Page page, Run(view, plan, request).Answer());
  page.limit = request.limit;
  return page;
}

}  // namespace muniment::query
