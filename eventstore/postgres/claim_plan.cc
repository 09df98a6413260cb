#include "eventstore/postgres/claim_plan.h"

#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace muniment::eventstore {
namespace {

class Planner {
 public:
  explicit Planner(const Commit& commit) : commit_(commit) {}

  void ReleaseAll(uint32_t read) {
    ++order_;
    AddGive(read, std::nullopt);
    for (auto it = slots_.lower_bound({read, ""}); it != slots_.end() && it->first.first == read;
         ++it) {
      if (it->second.has_value()) holders_.erase(*it->second);
      it->second = std::nullopt;
    }
  }

  // False when the commit cannot succeed any more.
  bool Change(uint32_t read, const ClaimChange& change) {
    ++order_;
    const Place place(read, change.slot);
    if (!change.key.empty()) {
      const auto holder = holders_.find(change.key);
      if (holder != holders_.end() && holder->second == place) return true;
      const bool doomed = holder != holders_.end();
      // What was taken and given back within the commit is free.
      if (doomed || taken_.insert(change.key).second) {
        plan_.takes.push_back({order_, read, change.slot, change.key, doomed});
      }
      if (doomed) return false;
    }
    std::optional<std::string>& slot = slots_[place];
    if (slot.has_value()) holders_.erase(*slot);
    AddGive(read, change.slot);
    slot = std::nullopt;
    if (change.key.empty()) return true;
    slot = change.key;
    holders_[change.key] = place;
    return true;
  }

  ClaimPlan Take() {
    for (const auto& [place, key] : slots_) {
      if (key.has_value()) plan_.finals.push_back({place.first, place.second, *key});
    }
    return std::move(plan_);
  }

 private:
  using Place = std::pair<uint32_t, std::string>;

  void AddGive(uint32_t read, std::optional<std::string> slot) {
    // A stream without events holds nothing.
    if (commit_.reads[read].version == 0) return;
    plan_.gives.push_back({order_, read, std::move(slot)});
  }

  const Commit& commit_;
  ClaimPlan plan_;
  uint32_t order_ = 0;
  absl::btree_map<Place, std::optional<std::string>> slots_;  // that the commit touched
  absl::flat_hash_map<std::string, Place> holders_;           // by key, as the commit holds them
  absl::flat_hash_set<std::string> taken_;
};

}  // namespace

ClaimPlan PlanClaims(const Commit& commit, const CheckedCommit& checked) {
  Planner planner(commit);
  for (size_t i = 0; i < commit.events.size(); ++i) {
    const uint32_t read = checked.read_of_event[i];
    if (commit.events[i].releases_claims) planner.ReleaseAll(read);
    for (const ClaimChange& change : commit.events[i].claims) {
      if (!planner.Change(read, change)) return planner.Take();
    }
  }
  return planner.Take();
}

}  // namespace muniment::eventstore
