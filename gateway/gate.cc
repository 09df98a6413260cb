#include "gateway/gate.h"

#include "gateway/services.h"
#include "gateway/start_jobs.h"

namespace muniment::gateway {

std::vector<const google::protobuf::MethodDescriptor*> Gate::Methods() const {
  return PublishedMethods();
}

absl::Status Gate::Closed() const {
  const absl::Status why = closed_();
  // It opens at this moment.
  return why.ok() ? Starting() : why;
}

absl::Status Gate::Admits(const rpc::CallContext& context) {
  rpc::Dispatcher* const behind = behind_.load(std::memory_order_acquire);
  return behind == nullptr ? Closed() : behind->Admits(context);
}

void Gate::Call(rpc::CallContext context, std::unique_ptr<google::protobuf::Message> request,
                std::shared_ptr<rpc::Responder> responder) {
  rpc::Dispatcher* const behind = behind_.load(std::memory_order_acquire);
  if (behind == nullptr) return responder->Finish(Closed());
  behind->Call(std::move(context), std::move(request), std::move(responder));
}

}  // namespace muniment::gateway
