#include "eventstore/fingerprint.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

constexpr uint64_t kProgressStep = 8192;

absl::Status Damaged() {
  return Error(absl::StatusCode::kDataLoss, "backup.damaged",
               "What the backup says of its log does not parse.");
}

std::string TreeText(const Fingerprint::TreeName& name) {
  const auto& [instance, keep, day] = name;
  if (keep == FOREVER) return absl::StrCat("the main tree of instance ", instance);
  return absl::StrCat("day ", day, " of class ", Keep_Name(keep), " in instance ", instance);
}

}  // namespace

void Fingerprint::Add(const StoredEvent& event) {
  const std::optional<Digest> leaf = Digest::From(LeafHash(event));
  MUNIMENT_CHECK(leaf.has_value());
  const uint32_t day = event.keep == FOREVER ? 0 : DayOf(event.created_at);
  trees_[{event.instance, event.keep, day}].Append(*leaf);
  std::string place;
  AppendU64(place, event.position);
  place += static_cast<char>(event.keep);
  chain_ = Sha256(chain_, place, *leaf);
  position_ = event.position;
  if (event.keep == FOREVER) {
    kept_position_ = event.position;
    kept_leaf_ = *leaf;
  }
  ++events_;
}

void Fingerprint::Add(const Row& row) {
  Rows& rows = rows_[KindOf(row)];
  rows.chain = Sha256(rows.chain, EncodeRow(row));
  ++rows.count;
}

std::string Fingerprint::Difference(const Fingerprint& other) const {
  std::vector<std::string> differences;
  if (events_ != other.events_) {
    differences.push_back(absl::StrCat(events_, " events against ", other.events_));
  }
  for (const auto& [name, tree] : trees_) {
    const auto found = other.trees_.find(name);
    if (found == other.trees_.end()) {
      differences.push_back(absl::StrCat(TreeText(name), " is missing"));
    } else if (!(found->second == tree)) {
      differences.push_back(absl::StrCat(TreeText(name), " has another root"));
    }
  }
  for (const auto& [name, tree] : other.trees_) {
    if (!trees_.contains(name)) differences.push_back(absl::StrCat(TreeText(name), " is too much"));
  }
  if (differences.empty() && chain_ != other.chain_) {
    differences.push_back("events stand at other positions");
  }
  for (size_t kind = 0; kind < kRowKinds; ++kind) {
    const Rows& mine = rows_[kind];
    const Rows& its = other.rows_[kind];
    if (mine.count == its.count && mine.chain == its.chain) continue;
    differences.push_back(absl::StrCat(mine.count, " ", RowKindName(static_cast<RowKind>(kind)),
                                       " against ", its.count,
                                       mine.count == its.count ? " that differ" : ""));
  }
  constexpr size_t kTold = 5;
  const size_t more = differences.size() > kTold ? differences.size() - kTold : 0;
  differences.resize(differences.size() - more);
  if (more > 0) differences.push_back(absl::StrCat("and ", more, " more"));
  return absl::StrJoin(differences, "; ");
}

store::v1::LogPrint Fingerprint::SaveEvents() const {
  store::v1::LogPrint saved;
  for (const auto& [name, tree] : trees_) {
    auto* out = saved.add_trees();
    out->set_instance(std::get<0>(name));
    out->set_keep(std::get<1>(name));
    out->set_day(std::get<2>(name));
    out->set_frontier(tree.Serialize());
  }
  saved.set_events(events_);
  saved.set_position(position_);
  saved.set_chain(chain_.str());
  saved.set_kept_position(kept_position_);
  saved.set_kept_leaf(kept_leaf_.str());
  return saved;
}

absl::StatusOr<Fingerprint> Fingerprint::RestoreEvents(const store::v1::LogPrint& saved) {
  Fingerprint print;
  for (const auto& tree : saved.trees()) {
    if (!Keep_IsValid(static_cast<int>(tree.keep()))) return Damaged();
    ASSIGN_OR_RETURN(MerkleFrontier frontier, MerkleFrontier::Parse(tree.frontier()));
    print.trees_[{tree.instance(), static_cast<Keep>(tree.keep()), tree.day()}] =
        std::move(frontier);
  }
  const std::optional<Digest> chain = Digest::From(saved.chain());
  const std::optional<Digest> leaf = Digest::From(saved.kept_leaf());
  if (!chain.has_value() || !leaf.has_value()) return Damaged();
  print.events_ = saved.events();
  print.position_ = saved.position();
  print.chain_ = *chain;
  print.kept_position_ = saved.kept_position();
  print.kept_leaf_ = *leaf;
  return print;
}

absl::StatusOr<Fingerprint> FingerprintOf(Exporter& exporter,
                                          absl::FunctionRef<void(uint64_t position)> progress) {
  Fingerprint print;
  RETURN_IF_ERROR(exporter.ReadLog(0, [&](const StoredEvent& event) {
    print.Add(event);
    if (print.events() % kProgressStep == 0) progress(event.position);
    return true;
  }));
  for (size_t kind = 0; kind < kRowKinds; ++kind) {
    RETURN_IF_ERROR(exporter.ReadRows(static_cast<RowKind>(kind), [&](const Row& row) {
      print.Add(row);
      return absl::OkStatus();
    }));
  }
  return print;
}

}  // namespace muniment::eventstore
