#include "gateway/models.h"

#include <vector>

#include "base/error.h"
#include "eventstore/envelope.h"
#include "gateway/log.h"
#include "projections/generations.h"

namespace muniment::gateway {

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

}  // namespace muniment::gateway
