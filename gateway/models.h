// The read models of this node before it starts: whether they come from another node's snapshot, and
// whether they are of the log at all.
//
//   TakeConfiguredSnapshot(config);
//   ... the models are opened ...
//   ASSIGN_OR_RETURN(log.first_leaf, FirstLeaf(*database));
//   ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, log));
//   RETURN_IF_ERROR(DropForeignModels(storage->store(), *database));
//
// A node that is pointed at another database would otherwise take its own old models for a proof
// that the log had lost its end, and raise the epoch under all the others.
//
// Threads: called at start, before the runner. Errors: the store's, those of database.h.
#ifndef MUNIMENT_GATEWAY_MODELS_H_
#define MUNIMENT_GATEWAY_MODELS_H_

#include <string>

#include "absl/status/statusor.h"
#include "eventstore/store.h"
#include "gateway/config.h"
#include "projections/database.h"

namespace muniment::gateway {

// Where there are no models and the configuration names a snapshot, takes it. One that cannot be
// taken is told of and passed over: the models are folded from the log then.
void TakeConfiguredSnapshot(const Config& config);

// Leaf hash of the first event of the log that the models were folded from; empty for none.
absl::StatusOr<std::string> FirstLeaf(const projections::Database& database);

// Into the log: that the models follow theirs again, or why they do not.
void TellModelsHealth(const absl::Status& health);

// Empties models that were folded from another log.
absl::Status DropForeignModels(eventstore::EventStore& store, projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MODELS_H_
