// How many files and connections the process may have open, and how many of them are for connections.
// Stores that cannot open their next file stop; a connection that is not taken is nobody's loss but
// its client's. So the stores' share is kept back.
//
//   RaiseDescriptorLimit();  // once, at the start
//   options.seats = OpenSeats(config.Count(Key::kMaxConnections));
#ifndef MUNIMENT_GATEWAY_DESCRIPTORS_H_
#define MUNIMENT_GATEWAY_DESCRIPTORS_H_

#include <cstdint>
#include <memory>

#include "gateway/net/server.h"

namespace muniment::gateway {

// The soft limit becomes the hard one (setrlimit(2), RLIMIT_NOFILE), where the system lets it.
void RaiseDescriptorLimit();

// `wanted` connections, or what is left of `limit` beside the share of everything else; at least 1.
uint64_t ConnectionsWithin(uint64_t limit, uint64_t wanted);

// As many as are within the soft limit now, of all addresses together. The log is told when that is
// less than `wanted`.
std::shared_ptr<net::Seats> OpenSeats(uint64_t wanted);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_DESCRIPTORS_H_
