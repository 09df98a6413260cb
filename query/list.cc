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
using projections::CounterPlan;
using projections::IndexCursor;
using projections::IndexPlan;
using projections::TablePlan;
using projections::View;

using Keys = std::vector<std::string>;

constexpr size_t kRowsAtOnce = 256;
// So many rows that a walk comes upon otherwise than by its index are looked at before it.
constexpr size_t kMaxBeside = 1000;

struct Match {
  std::string sort;
  std::string key;
  friend bool operator<(const Match& a, const Match& b) {
    return std::tie(a.sort, a.key) < std::tie(b.sort, b.key);
  }
};

// Entries of an index in the order of the list, without what they begin with: of a range, or of rows
// that are at hand.
class Entries {
 public:
  Entries(IndexCursor cursor, size_t head) : cursor_(std::move(cursor)), head_(head) {}
  // `sort`: the entry. In order.
  explicit Entries(std::vector<Match> rows) : rows_(std::move(rows)) {}

  bool Valid() const { return cursor_.has_value() ? cursor_->Valid() : at_ < rows_.size(); }
  void Next() {
    if (cursor_.has_value()) return cursor_->Next();
    ++at_;
  }
  absl::string_view entry() const {
    return cursor_.has_value() ? cursor_->entry().substr(head_) : rows_[at_].sort;
  }
  absl::string_view row_key() const {
    return cursor_.has_value() ? cursor_->row_key() : rows_[at_].key;
  }
  absl::Status status() const {
    return cursor_.has_value() ? cursor_->status() : absl::OkStatus();
  }

 private:
  std::optional<IndexCursor> cursor_;
  size_t head_ = 0;
  std::vector<Match> rows_;
  size_t at_ = 0;
};

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
    if (visibility_.all) {
      const bool tells = plan_.removed.empty() || plan_.owner_column == "id" ||
                         (OwnerCounter() != nullptr && OwnerIndex() != nullptr);
      const bool walks = tells && plan_.removed.size() <= kMaxMergedOwners;
      return walks ? FindIndex({request_.sort}) : nullptr;
    }
    if (plan_.owner_column.empty() || plan_.owner_column == "id" ||
        visibility_.organizations.size() > kMaxMergedOwners) {
      return nullptr;
    }
    return OwnerIndex();
  }

  const IndexPlan* OwnerIndex() const { return FindIndex({plan_.owner_column, request_.sort}); }

  const IndexPlan* FindIndex(std::vector<std::string> paths) const {
    for (const auto& index : table_.indexes()) {
      if (index.unique() || index.columns().size() != paths.size()) continue;
      const bool same = std::equal(paths.begin(), paths.end(), index.columns().begin(),
                                   [](const auto& path, const auto& c) { return c.path() == path; });
      if (same) return &index;
    }
    return nullptr;
  }

  const CounterPlan* CounterOf(std::vector<std::string> paths) const {
    for (const auto& counter : table_.counters()) {
      const bool same = std::equal(paths.begin(), paths.end(), counter.columns().begin(),
                                   counter.columns().end(),
                                   [](const auto& path, const auto& c) { return c.path() == path; });
      if (same) return &counter;
    }
    return nullptr;
  }
  const CounterPlan* OwnerCounter() const { return CounterOf({plan_.owner_column}); }

  absl::StatusOr<uint64_t> CountOwned(const std::vector<std::string>& organizations) {
    uint64_t total = 0;
    for (const auto& organization : organizations) {
      const projections::Value value(organization);
      ASSIGN_OR_RETURN(const uint64_t rows, view_.Count(table_, *OwnerCounter(), plan_.instance,
                                                        absl::MakeConstSpan(&value, 1)));
      total += rows;
    }
    return total;
  }

  absl::StatusOr<Page> Walk(const IndexPlan& index) {
    return visibility_.all ? WalkAll(index) : WalkOwned(index);
  }

  // Everything but what is of removed organizations, or does not stand otherwise.
  absl::StatusOr<Page> WalkAll(const IndexPlan& index) {
    const CounterPlan* const all = CounterOf({});
    if (all == nullptr) return Measure();
    std::vector<Entries> seen, gone;
    seen.emplace_back(Open(index, ""), 0);
    uint64_t away = 0;
    ASSIGN_OR_RETURN(auto fallen, Fallen(index, [](absl::string_view) { return true; }));
    if (!fallen.has_value()) return Measure();
    away += fallen->size();
    gone.emplace_back(*std::move(fallen));
    if (plan_.owner_column == "id") {
      Keys keys;
      for (const auto& organization : plan_.removed) keys.push_back(table_.Key({organization}));
      ASSIGN_OR_RETURN(auto rows, EntriesOf(index, keys, [](const Message&) { return true; }));
      if (!rows.has_value()) return Measure();
      away += rows->size();
      gone.emplace_back(*std::move(rows));
    } else if (!plan_.removed.empty()) {
      ASSIGN_OR_RETURN(const uint64_t rows, CountOwned(plan_.removed));
      away += rows;
      for (const auto& organization : plan_.removed) {
        const std::string prefix = OwnerIndex()->Prefix({organization});
        gone.emplace_back(Open(*OwnerIndex(), prefix), prefix.size());
      }
    }
    ASSIGN_OR_RETURN(const uint64_t total, view_.Count(table_, *all, plan_.instance, {}));
    return Shown(total - std::min(total, away), std::move(seen), std::move(gone));
  }

  // What is of the caller's organizations, and what he sees beside it.
  absl::StatusOr<Page> WalkOwned(const IndexPlan& index) {
    if (OwnerCounter() == nullptr) return Measure();
    std::vector<std::string> owners;
    for (const auto& organization : visibility_.organizations) {
      if (Stands(organization)) owners.push_back(organization);
    }
    const auto walked = [&owners](absl::string_view owner) {
      return std::binary_search(owners.begin(), owners.end(), owner);
    };
    ASSIGN_OR_RETURN(const auto keys, FindBeside(view_, plan_, visibility_, kMaxBeside));
    if (!keys.has_value()) return Measure();
    ASSIGN_OR_RETURN(auto beside,
                     EntriesOf(index, *keys, [&](const Message& row) -> absl::StatusOr<bool> {
                       if (!Visible(row) || walked(owner_->TextFrom(row))) return false;
                       return RowStands(row);
                     }));
    ASSIGN_OR_RETURN(auto fallen, Fallen(index, walked));
    if (!beside.has_value() || !fallen.has_value()) return Measure();
    ASSIGN_OR_RETURN(const uint64_t owned, CountOwned(owners));
    const uint64_t total = owned - std::min<uint64_t>(owned, fallen->size()) + beside->size();
    std::vector<Entries> seen, gone;
    for (const auto& owner : owners) {
      const std::string prefix = index.Prefix({owner});
      seen.emplace_back(Open(index, prefix), prefix.size());
    }
    seen.emplace_back(*std::move(beside));
    gone.emplace_back(*std::move(fallen));
    return Shown(total, std::move(seen), std::move(gone));
  }

  // Of what stands where rows do not all stand: those that do not, but for a removed owner's. Of owners
  // that are walked.
  absl::StatusOr<std::optional<std::vector<Match>>> Fallen(
      const IndexPlan& index, absl::FunctionRef<bool(absl::string_view owner)> walked) {
    if (plan_.gone.empty()) return std::vector<Match>();
    ASSIGN_OR_RETURN(const auto keys, FindGone(view_, plan_, kMaxBeside));
    if (!keys.has_value()) return std::nullopt;
    return EntriesOf(index, *keys, [&](const Message& row) -> absl::StatusOr<bool> {
      const std::string owner = owner_.has_value() ? owner_->TextFrom(row) : std::string();
      if (!walked(owner) || !Stands(owner)) return false;
      ASSIGN_OR_RETURN(const bool stands, RowStands(row));
      return !stands;
    });
  }

  absl::StatusOr<bool> RowStands(const Message& row) const {
    return plan_.row_stands == nullptr ? true : plan_.row_stands(row);
  }

  // Of those rows that fit; nothing where one has no entry.
  absl::StatusOr<std::optional<std::vector<Match>>> EntriesOf(
      const IndexPlan& index, const Keys& keys,
      absl::FunctionRef<absl::StatusOr<bool>(const Message& row)> fits) {
    std::vector<Match> entries;
    ASSIGN_OR_RETURN(const auto rows, view_.GetMany(table_, plan_.instance, keys));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] == nullptr) continue;
      ASSIGN_OR_RETURN(const bool fit, fits(*rows[i]));
      if (!fit) continue;
      std::string entry;
      if (!index.AppendEntry(*rows[i], keys[i], &entry)) return std::nullopt;
      if (index.columns().size() > 1) {
        entry.erase(0, index.Prefix({owner_->TextFrom(*rows[i])}).size());
      }
      entries.push_back({std::move(entry), keys[i]});
    }
    std::sort(entries.begin(), entries.end());
    if (!request_.ascending) std::reverse(entries.begin(), entries.end());
    return entries;
  }

  absl::StatusOr<Page> Shown(uint64_t total, std::vector<Entries> seen,
                             std::vector<Entries> gone) {
    Page page;
    page.total = total;
    ASSIGN_OR_RETURN(const auto keys, Merge(seen, gone));
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

  bool Before(absl::string_view a, absl::string_view b) const {
    return request_.ascending ? a < b : b < a;
  }

  // The page's row keys: the first entry of all that are seen, again and again, but for those gone.
  absl::StatusOr<Keys> Merge(std::vector<Entries>& seen, std::vector<Entries>& gone) {
    Keys keys;
    uint64_t skipped = 0;
    while (keys.size() < request_.limit) {
      Entries* first = nullptr;
      for (Entries& each : seen) {
        RETURN_IF_ERROR(each.status());
        if (!each.Valid()) continue;
        if (first == nullptr || Before(each.entry(), first->entry())) first = &each;
      }
      if (first == nullptr) break;
      ASSIGN_OR_RETURN(const bool away, Holds(gone, first->entry()));
      if (away) {
        // Is not there.
      } else if (skipped < request_.offset) {
        if (++skipped % 4096 == 0) RETURN_IF_ERROR(CheckTime());
      } else {
        keys.emplace_back(first->row_key());
      }
      first->Next();
    }
    return keys;
  }

  // Whether one of them holds the entry, which none that is asked for later comes before.
  absl::StatusOr<bool> Holds(std::vector<Entries>& gone, absl::string_view entry) {
    for (Entries& each : gone) {
      for (size_t passed = 1; each.Valid() && Before(each.entry(), entry); each.Next()) {
        if (passed++ % 4096 == 0) RETURN_IF_ERROR(CheckTime());
      }
      RETURN_IF_ERROR(each.status());
      if (each.Valid() && each.entry() == entry) return true;
    }
    return false;
  }

  // ---- filters: candidates, each measured

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
    Keys keys;
    for (size_t i = first; i < last; ++i) keys.push_back(matches[i].key);
    ASSIGN_OR_RETURN(page.rows, view_.GetMany(table_, plan_.instance, keys));
    return page;
  }

  using Visit = absl::FunctionRef<absl::Status(absl::string_view key, const Message& row)>;

  absl::Status VisitKeys(const Keys& keys, Visit visit) {
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
    ASSIGN_OR_RETURN(const bool stands, RowStands(row));
    if (!stands) return false;
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
