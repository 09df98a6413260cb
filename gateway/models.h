// The read models of this node beside a log that it shares: whether they are of that log at all.
//
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
#include "projections/database.h"

namespace muniment::gateway {

// Leaf hash of the first event of the log that the models were folded from; empty for none.
absl::StatusOr<std::string> FirstLeaf(const projections::Database& database);

// Empties models that were folded from another log.
absl::Status DropForeignModels(eventstore::EventStore& store, projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MODELS_H_
