// Every reactor of a node.
#ifndef MUNIMENT_GATEWAY_REACTORS_ALL_H_
#define MUNIMENT_GATEWAY_REACTORS_ALL_H_

#include <utility>
#include <vector>

#include "gateway/reactors/claims.h"
#include "gateway/reactors/purge.h"
#include "gateway/reactors/reactor.h"
#include "gateway/reactors/sweeps.h"

namespace muniment::gateway {

// `messages`: those that write to people. Store and database outlive them all.
inline std::vector<Reactor> AllReactors(eventstore::EventStore& store,
                                        projections::Database& database,
                                        std::vector<Reactor> messages) {
  std::vector<Reactor> all = Sweeps(database);
  for (Reactor& reactor : messages) all.push_back(std::move(reactor));
  all.push_back(PurgeReactor(store, database));
  all.push_back(ClaimReactor(database));
  return all;
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_ALL_H_
