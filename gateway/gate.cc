#include "gateway/gate.h"

#include "gateway/services.h"
#include "gateway/start_jobs.h"

namespace muniment::gateway {

std::vector<const google::protobuf::MethodDescriptor*> Gate::Methods() const {
  return PublishedMethods();
}

absl::Status Gate::Closed() const {
  const absl::Status why = closed_();
  // It opens at this moment; or never, of which the operator is told more than whoever calls.
  return absl::IsUnavailable(why) ? why : Starting();
}

void Gate::Accept(rpc::CallContext context, std::shared_ptr<rpc::Undecoded> request,
                  std::shared_ptr<rpc::Responder> responder) {
  rpc::Dispatcher* const behind = behind_.load(std::memory_order_acquire);
  if (behind == nullptr) return responder->Finish(Closed());
  behind->Accept(std::move(context), std::move(request), std::move(responder));
}

void Gate::Call(rpc::CallContext context, std::unique_ptr<google::protobuf::Message> request,
                std::shared_ptr<rpc::Responder> responder) {
  rpc::Dispatcher* const behind = behind_.load(std::memory_order_acquire);
  if (behind == nullptr) return responder->Finish(Closed());
  behind->Call(std::move(context), std::move(request), std::move(responder));
}

}  // namespace muniment::gateway
