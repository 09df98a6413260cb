// The reactor that brings an erasure to its end. A person's keys are destroyed, and his rows removed,
// with commits; their bytes still stand in files until those are written anew. It has that done by
// the store and by every node, and then says so: UserPurged.
//
// One pass covers all who were erased before it began, so that an organization's people cost a few
// passes and not one each; a pass of more than some seconds is followed by a rest of twenty times its
// length. A node that lives
// and has not done its part holds the end up; one that is away does it before it serves again
// (projections/runner.h).
//
// Errors of an attempt: the store's and the read models'; UNAVAILABLE "erasure.node_behind".
#ifndef MUNIMENT_GATEWAY_REACTORS_PURGE_H_
#define MUNIMENT_GATEWAY_REACTORS_PURGE_H_

#include "eventstore/store.h"
#include "gateway/reactors/reactor.h"
#include "projections/database.h"

namespace muniment::gateway {

// "purge.user". What it is given outlives it.
Reactor PurgeReactor(eventstore::EventStore& store, projections::Database& database);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_PURGE_H_
