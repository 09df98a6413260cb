// Tells applications that a session ended (OpenID Connect Back-Channel Logout 1.0 section 2.5): each of
// those that the log names is posted a logout token, whatever becomes of the others, and each that took
// it is told once. One that does not is tried twice more within minutes; who is away for longer learns it
// when a token of the session is refused.
#ifndef MUNIMENT_GATEWAY_REACTORS_BACK_CHANNEL_H_
#define MUNIMENT_GATEWAY_REACTORS_BACK_CHANNEL_H_

#include "base/clock.h"
#include "gateway/oidc/signer.h"
#include "gateway/outbound.h"
#include "gateway/reactors/reactor.h"

namespace muniment::gateway {

struct BackChannelPorts {
  const Outbound* outbound = nullptr;
  Signer* signer = nullptr;
  Clock* clock = nullptr;
};

// What it is given outlives it.
Reactor BackChannelReactor(const BackChannelPorts& ports);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_BACK_CHANNEL_H_
