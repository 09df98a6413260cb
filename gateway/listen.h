// The ports that the configuration names (Address, Port, TLS, TrustedProxies), opened.
//
//   ASSIGN_OR_RETURN(servers, Listen(config, seats, handler));
//
// Port 0 is a free one, the same on all addresses. Errors: those of net::Server::Start; a machine
// without IPv6 has no ::1, which is passed over where another address stands.
#ifndef MUNIMENT_GATEWAY_LISTEN_H_
#define MUNIMENT_GATEWAY_LISTEN_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/config.h"
#include "gateway/net/server.h"

namespace muniment::gateway {

absl::StatusOr<std::vector<std::unique_ptr<net::Server>>> Listen(
    const Config& config, const std::shared_ptr<net::Seats>& seats,
    const std::shared_ptr<net::Handler>& handler);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LISTEN_H_
