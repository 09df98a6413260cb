// gRPC's server reflection, v1 and v1alpha, over the services of other dispatchers. Thread-safe.
#ifndef MUNIMENT_GATEWAY_RPC_REFLECTION_H_
#define MUNIMENT_GATEWAY_RPC_REFLECTION_H_

#include <memory>
#include <vector>

#include "gateway/rpc/dispatcher.h"

namespace muniment::rpc {

std::shared_ptr<Dispatcher> NewReflection(const std::vector<std::shared_ptr<Dispatcher>>& of);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_REFLECTION_H_
