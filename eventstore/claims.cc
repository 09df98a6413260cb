#include "eventstore/claims.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {

absl::Status ClaimChanges::Apply(const Commit& commit,
                                 absl::FunctionRef<const std::string&(size_t)> streams) {
  undo_.clear();
  absl::Status status = ApplyAll(commit, streams);
  if (status.ok()) return status;
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
    if (undo->before.has_value()) {
      (*undo->changes)[undo->name] = std::move(*undo->before);
    } else {
      undo->changes->erase(undo->name);
    }
  }
  return status;
}

absl::Status ClaimChanges::ApplyAll(const Commit& commit,
                                    absl::FunctionRef<const std::string&(size_t)> streams) {
  for (size_t i = 0; i < commit.events.size(); ++i) {
    const NewEvent& event = commit.events[i];
    if (event.releases_claims) RETURN_IF_ERROR(ReleaseAll(streams(i)));
    for (const ClaimChange& change : event.claims) {
      RETURN_IF_ERROR(Set(commit.instance, streams(i), change));
    }
  }
  return absl::OkStatus();
}

absl::Status ClaimChanges::Set(uint64_t instance, const std::string& stream,
                               const ClaimChange& change) {
  const std::string slot = absl::StrCat(stream, change.slot);
  std::string claim;
  if (!change.key.empty()) {
    AppendU64(claim, instance);
    claim += change.key;
    ASSIGN_OR_RETURN(const auto holder, Holder(claim));
    if (holder == slot) return absl::OkStatus();
    if (holder.has_value()) return ClaimTakenError(change.slot);
  }
  ASSIGN_OR_RETURN(const auto before, Slot(slot));
  if (before.has_value()) Put(holders_, *before, std::nullopt);
  if (change.key.empty()) {
    if (before.has_value()) Put(slots_, slot, std::nullopt);
    return absl::OkStatus();
  }
  Put(holders_, claim, slot);
  Put(slots_, slot, claim);
  return absl::OkStatus();
}

absl::Status ClaimChanges::ReleaseAll(const std::string& stream) {
  std::vector<std::pair<std::string, std::string>> standing;
  RETURN_IF_ERROR(table_.Slots(stream, [&](absl::string_view slot, absl::string_view claim) {
    if (!slots_.contains(std::string(slot))) standing.emplace_back(slot, claim);
  }));
  for (auto it = slots_.lower_bound(stream);
       it != slots_.end() && absl::StartsWith(it->first, stream); ++it) {
    if (it->second.has_value()) standing.emplace_back(it->first, *it->second);
  }
  for (const auto& [slot, claim] : standing) {
    Put(holders_, claim, std::nullopt);
    Put(slots_, slot, std::nullopt);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ClaimChanges::Holder(const std::string& claim) {
  const auto changed = holders_.find(claim);
  if (changed != holders_.end()) return changed->second;
  return table_.Holder(claim);
}

absl::StatusOr<std::optional<std::string>> ClaimChanges::Slot(const std::string& slot) {
  const auto changed = slots_.find(slot);
  if (changed != slots_.end()) return changed->second;
  return table_.Slot(slot);
}

void ClaimChanges::Put(Changes& changes, const std::string& name,
                       std::optional<std::string> value) {
  const auto found = changes.find(name);
  if (found == changes.end()) {
    undo_.push_back({&changes, name, std::nullopt});
    changes.emplace(name, std::move(value));
    return;
  }
  undo_.push_back({&changes, name, found->second});
  found->second = std::move(value);
}

}  // namespace muniment::eventstore
