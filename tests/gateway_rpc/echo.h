// The service of tests/proto/muniment/testing/echo.proto.
#ifndef MUNIMENT_TESTS_GATEWAY_RPC_ECHO_H_
#define MUNIMENT_TESTS_GATEWAY_RPC_ECHO_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "gateway/rpc/handler.h"
#include "muniment/testing/echo.pb.h"

namespace muniment::rpc {

class Echo : public Dispatcher {
 public:
  std::vector<const google::protobuf::MethodDescriptor*> Methods() const override {
    std::vector<const google::protobuf::MethodDescriptor*> methods;
    const auto* service =
        testing::Everything::descriptor()->file()->FindServiceByName("EchoService");
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
    return methods;
  }
  void Call(CallContext context, std::unique_ptr<google::protobuf::Message> message,
            std::shared_ptr<Responder> responder) override {
    ++calls;
    const auto& request = static_cast<const testing::Everything&>(*message);
    last = request;
    const std::string& name = context.method->name();
    if (hold) {
      held = std::move(responder);
    } else if (drop) {
      return;
    } else if (name == "Fail") {
      absl::Status status = Error(static_cast<absl::StatusCode>(request.int32_value()),
                                  "test.failed", request.text_value());
      SetErrorFact(status, "why", "asked");
      responder->Finish(status);
    } else if (name == "Count") {
      for (int i = 1; i <= request.int32_value(); ++i) {
        testing::Everything answer;
        answer.set_int32_value(i);
        responder->Send(answer);
      }
      responder->Finish(absl::OkStatus());
    } else {
      responder->SetHeader("x-head", "1");
      responder->SetTrailer("x-tail-bin", absl::string_view("\0\n\xff", 3));
      responder->Finish(request);
    }
  }

  int calls = 0;
  bool hold = false, drop = false;
  testing::Everything last;
  std::shared_ptr<Responder> held;
};

struct Door {
  explicit Door(Options options = {}) {
    options.dispatchers.push_back(echo);
    options.log = [this](absl::string_view line) { log.emplace_back(line); };
    handler = *NewHandler(std::move(options));
  }
  // A held call keeps its dispatchers alive, and so itself.
  ~Door() { echo->held = nullptr; }

  std::shared_ptr<Echo> echo = std::make_shared<Echo>();
  std::vector<std::string> log;
  std::shared_ptr<net::Handler> handler;
};

inline const char* const kEcho = "/muniment.testing.EchoService/Echo";

}  // namespace muniment::rpc

#endif  // MUNIMENT_TESTS_GATEWAY_RPC_ECHO_H_
