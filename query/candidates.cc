#include "query/candidates.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/time/clock.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment::query {
namespace {

using projections::IndexPlan;
using projections::IndexRange;
using projections::TablePlan;
using projections::View;
using Keys = std::vector<std::string>;
using ColumnValues = std::vector<ColumnValue>;

// So many rows are measured sooner than an index is asked what else there is.
constexpr size_t kFew = 100;
constexpr size_t kAll = std::numeric_limits<size_t>::max();

void Distinct(Keys& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

class Finder {
 public:
  Finder(View& view, const ListPlan& plan) : view_(view), plan_(plan), table_(*plan.table) {}

  absl::StatusOr<std::optional<Keys>> Find(const Predicate& filter) {
    if (plan_.among.has_value()) {
      ASSIGN_OR_RETURN(auto keys, Pointed(*plan_.among));
      if (keys.has_value()) return keys;
    }
    // Who may see little is not made to look at what others have: a filter may fit a million of
    // theirs.
    ASSIGN_OR_RETURN(auto few, Owned(kFew));
    // From the most to the least telling: what equals, what starts or contains, what is owned.
    for (const int rank : {0, 1, 2}) {
      if (rank > 0 && few.has_value()) return few;
      ASSIGN_OR_RETURN(auto keys, FindRanked(filter, rank));
      if (!keys.has_value()) continue;
      return few.has_value() && few->size() < keys->size() ? few : keys;
    }
    if (plan_.visibility.organizations.size() > kMaxMergedOwners) return std::nullopt;
    return Owned(kAll);
  }

  absl::StatusOr<std::optional<Keys>> Beside(const Visibility& visibility, size_t most) {
    ColumnValues seen;
    AddBeside(visibility, seen);
    return KeysOf(seen, most);
  }
  absl::StatusOr<std::optional<Keys>> Gone(size_t most) { return KeysOf(plan_.gone, most); }

 private:
  absl::StatusOr<std::optional<Keys>> FindRanked(const Predicate& filter, int rank) {
    switch (filter.op) {
      case Predicate::Op::kAnd:
        for (const auto& part : filter.parts) {
          ASSIGN_OR_RETURN(auto keys, FindRanked(part, rank));
          if (keys.has_value()) return keys;
        }
        return std::nullopt;
      case Predicate::Op::kOr:
        return Union(filter, rank);
      case Predicate::Op::kNamed:
        return rank == 0 ? NamedKeys(filter) : std::optional<Keys>();
      case Predicate::Op::kIn:
        return rank == 0 ? In(filter) : std::optional<Keys>();
      case Predicate::Op::kText:
        return Text(filter, rank);
      default:
        return std::nullopt;
    }
  }

  // Only when every branch points somewhere is their union all there is.
  absl::StatusOr<std::optional<Keys>> Union(const Predicate& filter, int rank) {
    Keys all;
    for (const auto& part : filter.parts) {
      std::optional<Keys> keys;
      for (int r = 0; r <= rank && !keys.has_value(); ++r) {
        ASSIGN_OR_RETURN(keys, FindRanked(part, r));
      }
      if (!keys.has_value()) return std::nullopt;
      all.insert(all.end(), keys->begin(), keys->end());
    }
    Distinct(all);
    return all;
  }

  absl::StatusOr<std::optional<Keys>> NamedKeys(const Predicate& filter) {
    for (const auto& named : plan_.named) {
      if (named.name != filter.name || named.narrow == nullptr) continue;
      const auto narrowings = named.narrow(*filter.argument);
      if (narrowings.empty()) return std::nullopt;
      return Pointed(narrowings);
    }
    return std::nullopt;
  }

  absl::StatusOr<std::optional<Keys>> Pointed(const std::vector<Narrowing>& narrowings) {
    Keys all;
    for (const auto& narrowing : narrowings) {
      if (!narrowing.key.empty()) {
        all.push_back(narrowing.key);
        continue;
      }
      ASSIGN_OR_RETURN(auto keys, Equal(narrowing.column, narrowing.text));
      if (!keys.has_value()) return std::nullopt;
      all.insert(all.end(), keys->begin(), keys->end());
    }
    Distinct(all);
    return all;
  }

  absl::StatusOr<std::optional<Keys>> In(const Predicate& filter) {
    if (filter.texts.size() != filter.values.size()) return std::nullopt;  // not texts
    Keys all;
    for (const auto& text : filter.texts) {
      ASSIGN_OR_RETURN(auto keys, Equal(filter.column->path(), text));
      if (!keys.has_value()) return std::nullopt;
      all.insert(all.end(), keys->begin(), keys->end());
    }
    Distinct(all);
    return all;
  }

  absl::StatusOr<std::optional<Keys>> Text(const Predicate& filter, int rank) {
    const auto& path = filter.column->path();
    const auto& text = filter.texts.front();
    switch (filter.text) {
      case TextMethod::kEquals:
        if (const IndexPlan* index = UniqueOn(path); index != nullptr && rank == 0) {
          return Only(*index, text);
        }
        [[fallthrough]];
      case TextMethod::kEqualsIgnoreCase:
        // Everything of an organization is no narrow range.
        return rank == (path == plan_.owner_column && !IsKey(path) ? 2 : 0)
                   ? Equal(path, text)
                   : std::optional<Keys>();
      case TextMethod::kStartsWith:
      case TextMethod::kStartsWithIgnoreCase:
        return rank == 1 ? StartsWith(path, text) : std::optional<Keys>();
      default:
        return rank == 1 ? Contains(path, text) : std::optional<Keys>();
    }
  }

  bool IsKey(const std::string& path) const {
    return table_.key().size() == 1 && table_.key()[0].path() == path;
  }

  // An index that begins with the column; best one of it alone, which may fold.
  const IndexPlan* IndexOn(const std::string& path) const {
    const IndexPlan* found = nullptr;
    for (const auto& index : table_.indexes()) {
      if (index.unique() || index.columns()[0].path() != path) continue;
      if (index.columns().size() == 1) return &index;
      found = &index;
    }
    return found;
  }

  // The unique index of the column alone.
  const IndexPlan* UniqueOn(const std::string& path) const {
    for (const auto& index : table_.indexes()) {
      if (index.unique() && index.columns().size() == 1 && index.columns()[0].path() == path) {
        return &index;
      }
    }
    return nullptr;
  }

  absl::StatusOr<std::optional<Keys>> Only(const IndexPlan& index, const std::string& text) {
    const projections::Value value(text);
    ASSIGN_OR_RETURN(auto key, view_.Find(table_, index, plan_.instance,
                                          absl::MakeConstSpan(&value, 1)));
    if (!key.has_value()) return Keys();
    return Keys{*std::move(key)};
  }

  // A superset where the index folds and the question does not. Nothing where there are more than
  // `most`.
  absl::StatusOr<std::optional<Keys>> Equal(const std::string& path, const std::string& text,
                                            size_t most = kAll) {
    if (IsKey(path)) return Keys{table_.Key({text})};
    const IndexPlan* index = IndexOn(path);
    if (index == nullptr) return std::nullopt;
    return Collect(*index, index->Prefix({text}), most);
  }

  absl::StatusOr<std::optional<Keys>> StartsWith(const std::string& path,
                                                 const std::string& text) {
    const IndexPlan* index = IndexOn(path);
    if (index == nullptr || text.empty()) return std::nullopt;
    return Collect(*index, index->StartsWith({}, text));
  }

  absl::StatusOr<std::optional<Keys>> Contains(const std::string& path, const std::string& text) {
    const auto trigrams = Trigrams(FoldForSearch(text));
    if (trigrams.empty()) return std::nullopt;
    for (const auto& index : table_.texts()) {
      if (index.column().path() != path) continue;
      return view_.MayHold(plan_.instance, table_, index, trigrams, [this] { return CheckTime(); });
    }
    return std::nullopt;
  }

  // What the caller may see, when that is less than everything and not more than `most`.
  absl::StatusOr<std::optional<Keys>> Owned(size_t most) {
    const auto& visibility = plan_.visibility;
    if (visibility.all || visibility.organizations.size() > most) return std::nullopt;
    ColumnValues seen;
    for (const auto& organization : visibility.organizations) {
      seen.push_back({plan_.owner_column, organization});
    }
    AddBeside(visibility, seen);
    return KeysOf(seen, most);
  }

  void AddBeside(const Visibility& visibility, ColumnValues& seen) const {
    for (const Sight& sight : visibility.sights) {
      for (const std::string& value : sight.values) seen.push_back({sight.column, value});
    }
    for (const std::string& column : plan_.self_columns) {
      if (!visibility.self.empty()) seen.push_back({column, visibility.self});
    }
  }

  absl::StatusOr<std::optional<Keys>> KeysOf(const ColumnValues& places, size_t most) {
    if (places.size() > most) return std::nullopt;
    Keys all;
    for (const auto& [column, value] : places) {
      ASSIGN_OR_RETURN(auto keys, Equal(column, value, most - all.size()));
      if (!keys.has_value() || keys->size() > most - all.size()) return std::nullopt;
      all.insert(all.end(), keys->begin(), keys->end());
    }
    Distinct(all);
    return all;
  }

  absl::StatusOr<std::optional<Keys>> Collect(const IndexPlan& index, std::string prefix,
                                              size_t most = kAll) {
    IndexRange range;
    range.prefix = std::move(prefix);
    auto cursor = view_.Scan(plan_.instance, table_, index, std::move(range));
    Keys keys;
    for (; cursor.Valid(); cursor.Next()) {
      if (keys.size() == most) return std::nullopt;
      keys.emplace_back(cursor.row_key());
      if (keys.size() % 4096 == 0) RETURN_IF_ERROR(CheckTime());
    }
    RETURN_IF_ERROR(cursor.status());
    return keys;
  }

  absl::Status CheckTime() const {
    if (absl::Now() < plan_.deadline) return absl::OkStatus();
    return Error(absl::StatusCode::kResourceExhausted, "query.too_broad",
                 "The search takes too long; narrow it.");
  }

  View& view_;
  const ListPlan& plan_;
  const TablePlan& table_;
};

}  // namespace

absl::StatusOr<std::optional<std::vector<std::string>>> FindBeside(View& view,
                                                                   const ListPlan& plan,
                                                                   const Visibility& visibility,
                                                                   size_t most) {
  return Finder(view, plan).Beside(visibility, most);
}

absl::StatusOr<std::optional<std::vector<std::string>>> FindGone(View& view, const ListPlan& plan,
                                                                 size_t most) {
  return Finder(view, plan).Gone(most);
}

absl::StatusOr<std::optional<std::vector<std::string>>> FindCandidates(View& view,
                                                                       const ListPlan& plan,
                                                                       const Predicate& filter) {
  return Finder(view, plan).Find(filter);
}

}  // namespace muniment::query
