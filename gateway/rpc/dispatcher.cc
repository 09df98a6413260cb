#include "gateway/rpc/dispatcher.h"

#include <utility>

#include "base/error.h"

namespace muniment::rpc {

void Dispatcher::Accept(CallContext context, std::shared_ptr<Undecoded> request,
                        std::shared_ptr<Responder> responder) {
  request->Decode([this, context = std::move(context), responder = std::move(responder)](
                      absl::StatusOr<std::unique_ptr<google::protobuf::Message>> message) mutable {
    if (!message.ok()) return responder->Finish(message.status());
    Call(std::move(context), *std::move(message), std::move(responder));
  });
}

std::shared_ptr<Incoming> Dispatcher::Open(CallContext, std::shared_ptr<Responder> responder) {
  responder->Finish(Error(absl::StatusCode::kUnimplemented, "method.client_streaming",
                          "Methods that take a stream of requests are not served here."));
  return nullptr;
}

}  // namespace muniment::rpc
