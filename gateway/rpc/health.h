// grpc.health.v1: whether the server, or one of its services, takes calls. Thread-safe.
//
//   auto health = std::make_shared<rpc::Health>();
//   health->Set("", true);   // the server as a whole
#ifndef MUNIMENT_GATEWAY_RPC_HEALTH_H_
#define MUNIMENT_GATEWAY_RPC_HEALTH_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "gateway/rpc/dispatcher.h"

namespace muniment::rpc {

class Health : public Dispatcher {
 public:
  // A service that was never set is unknown: NOT_FOUND for Check, SERVICE_UNKNOWN for Watch.
  void Set(absl::string_view service, bool serving);
  // Nobody watches any more: UNAVAILABLE "server.draining" to all who do. For a server that stops,
  // which would wait for them.
  void Close();
  // Called before each answer, to Set what has changed. Before the first call.
  void OnAsk(std::function<void()> asked) { asked_ = std::move(asked); }

  std::vector<const google::protobuf::MethodDescriptor*> Methods() const override;
  void Call(CallContext context, std::unique_ptr<google::protobuf::Message> request,
            std::shared_ptr<Responder> responder) override;

 private:
  struct Watcher {
    std::string service;
    std::shared_ptr<Responder> responder;
  };
  void Watch(const std::string& service, std::shared_ptr<Responder> responder);
  int StatusOf(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  std::function<void()> asked_ = [] {};
  absl::Mutex mu_;
  absl::flat_hash_map<std::string, bool> serving_ ABSL_GUARDED_BY(mu_);
  std::vector<Watcher> watchers_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_HEALTH_H_
