#include "gateway/rpc/dispatcher.h"

#include "base/error.h"

namespace muniment::rpc {

absl::Status Dispatcher::Admits(const CallContext&) { return absl::OkStatus(); }

std::shared_ptr<Incoming> Dispatcher::Open(CallContext, std::shared_ptr<Responder> responder) {
  responder->Finish(Error(absl::StatusCode::kUnimplemented, "method.client_streaming",
                          "Methods that take a stream of requests are not served here."));
  return nullptr;
}

}  // namespace muniment::rpc
