#include "gateway/models.h"

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "eventstore/envelope.h"
#include "gateway/log.h"
#include "gateway/master_key.h"
#include "gateway/storage.h"
#include "projections/generations.h"
#include "projections/snapshot.h"

namespace muniment::gateway {

void TakeConfiguredSnapshot(const Config& config) {
  const std::string& file = config.Text(Key::kSnapshot);
  if (file.empty() || std::filesystem::exists(ModelsPath(config))) return;
  const absl::Status taken = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const MasterKey master, LoadMasterKey(config, true));
    return projections::TakeSnapshot(file, master, ModelsPath(config));
  }();
  if (taken.ok()) return LogInfo("read models taken from a snapshot", {{"file", file}});
  LogWarning("the snapshot is not taken; the log is folded instead",
             {{"file", file}, {"why", std::string(taken.message())}});
}

absl::StatusOr<std::string> FirstLeaf(const projections::Database& database) {
  // The store's founding is kept for ever, so it is the first leaf of the system's main tree.
  projections::View view = database.Read();
  ASSIGN_OR_RETURN(const std::vector<std::string> leaves,
                   view.MainLeaves(eventstore::kSystemInstance, 0, 1));
  return leaves.empty() ? std::string() : leaves.front();
}

absl::Status DropForeignModels(eventstore::EventStore& store, projections::Database& database) {
  ASSIGN_OR_RETURN(const std::string ours, FirstLeaf(database));
  if (ours.empty()) return absl::OkStatus();
  std::string theirs;
  RETURN_IF_ERROR(store.ReadLog(0, [&theirs](const eventstore::StoredEvent& event) {
    theirs = eventstore::LeafHash(event);
    return false;
  }));
  if (theirs == ours) return absl::OkStatus();
  LogWarning("the read models here are of another log; they are made anew");
  return projections::Wipe(database);
}

void TellModelsHealth(const absl::Status& health) {
  if (health.ok()) return LogInfo("the read models follow the log again");
  LogError("the read models do not follow the log",
           {{"why", absl::StrCat(health.message(), " [", Reason(health), "]")}});
}

}  // namespace muniment::gateway
