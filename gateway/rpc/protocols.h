// How a call of each protocol begins; the call answers for itself from then on. On the exchange's
// I/O thread, inside Handle.
#ifndef MUNIMENT_GATEWAY_RPC_PROTOCOLS_H_
#define MUNIMENT_GATEWAY_RPC_PROTOCOLS_H_

#include <memory>

#include "gateway/rpc/call.h"
#include "gateway/rpc/routes.h"

namespace muniment::rpc {

// gRPC, gRPC-Web and Connect's streams: messages in envelopes.
enum class Envelopes { kGrpc, kGrpcWeb, kGrpcWebText, kConnect };

void StartEnveloped(std::shared_ptr<const Settings> settings,
                    std::shared_ptr<net::Exchange> exchange, const MethodPlan* plan,
                    Envelopes kind, Format format);

// Connect's unary calls, POST or GET.
void StartConnect(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
                  const MethodPlan* plan, Format format);
void StartConnectGet(std::shared_ptr<const Settings> settings,
                     std::shared_ptr<net::Exchange> exchange, const MethodPlan* plan);

void StartRest(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
               const MethodPlan* plan, RouteMatch match);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_PROTOCOLS_H_
