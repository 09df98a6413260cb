// Every reactor of a node.
#ifndef MUNIMENT_GATEWAY_REACTORS_ALL_H_
#define MUNIMENT_GATEWAY_REACTORS_ALL_H_

#include <utility>
#include <vector>

#include "gateway/reactors/back_channel.h"
#include "gateway/reactors/claims.h"
#include "gateway/reactors/names.h"
#include "gateway/reactors/purge.h"
#include "gateway/reactors/reactor.h"
#include "gateway/reactors/sweeps.h"

namespace muniment::gateway {

// `messages`: those that write to people. What they are given outlives them all.
inline std::vector<Reactor> AllReactors(eventstore::EventStore& store,
                                        projections::Database& database,
                                        std::vector<Reactor> messages,
                                        const BackChannelPorts& back_channel) {
  std::vector<Reactor> all = Sweeps(database);
  for (Reactor& reactor : messages) all.push_back(std::move(reactor));
  all.push_back(PurgeReactor(store, database));
  all.push_back(ClaimReactor(database));
  all.push_back(NameReactor(database));
  all.push_back(BackChannelReactor(back_channel));
  return all;
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_ALL_H_
