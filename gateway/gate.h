// Stands before the published methods while a node is being opened: the port listens from the first
// moment on, and whoever calls too early is told in his own protocol why, and comes back.
//
//   auto gate = std::make_shared<Gate>([this] { return Ready(); });
//   rpc_options.dispatchers = {health, gate};
//   ...
//   gate->Open(api);  // from now on calls go through
//
// Thread-safe. `closed` says why a call that comes before is refused, and is never OK for long; what
// is opened to serves the methods of PublishedMethods() and outlives the calls.
#ifndef MUNIMENT_GATEWAY_GATE_H_
#define MUNIMENT_GATEWAY_GATE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "gateway/rpc/dispatcher.h"

namespace muniment::gateway {

class Gate final : public rpc::Dispatcher {
 public:
  explicit Gate(std::function<absl::Status()> closed) : closed_(std::move(closed)) {}

  // Once.
  void Open(rpc::Dispatcher& behind) { behind_.store(&behind, std::memory_order_release); }

  std::vector<const google::protobuf::MethodDescriptor*> Methods() const override;
  void Accept(rpc::CallContext context, std::shared_ptr<rpc::Undecoded> request,
              std::shared_ptr<rpc::Responder> responder) override;
  void Call(rpc::CallContext context, std::unique_ptr<google::protobuf::Message> request,
            std::shared_ptr<rpc::Responder> responder) override;

 private:
  absl::Status Closed() const;

  const std::function<absl::Status()> closed_;
  std::atomic<rpc::Dispatcher*> behind_{nullptr};
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_GATE_H_
