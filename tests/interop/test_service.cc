#include "tests/interop/test_service.h"

#include <deque>
#include <string>
#include <utility>

#include "base/error.h"
#include "gateway/net/http.h"
#include "gateway/rpc/metadata.h"
#include "grpc/testing/empty.pb.h"
#include "grpc/testing/messages.pb.h"

namespace muniment::interop {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using grpc::testing::ResponseParameters;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

const google::protobuf::ServiceDescriptor* Service() {
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "grpc.testing.TestService");
}

// custom_metadata: what the client sends comes back, text ahead and bytes behind.
void EchoMetadata(const rpc::CallContext& context, rpc::Responder& responder) {
  constexpr absl::string_view kInitial = "x-grpc-test-echo-initial";
  constexpr absl::string_view kTrailing = "x-grpc-test-echo-trailing-bin";
  if (context.request->headers.Has(kInitial)) {
    responder.SetHeader(kInitial, context.Header(kInitial));
  }
  if (context.request->headers.Has(kTrailing)) {
    const auto bytes = rpc::DecodeBinaryHeader(context.Header(kTrailing));
    if (bytes.ok()) responder.SetTrailer(kTrailing, *bytes);
  }
}

absl::Status Asked(const grpc::testing::EchoStatus& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.code()), status.message());
}

// Sends the asked-for sizes one after another, each after its pause, as the client takes them.
class Output : public std::enable_shared_from_this<Output> {
 public:
  explicit Output(std::shared_ptr<rpc::Responder> responder) : responder_(std::move(responder)) {}

  void Add(const StreamingOutputCallRequest& request) {
    for (const ResponseParameters& parameters : request.response_parameters()) {
      sizes_.push_back(parameters.size());
    }
    Pump();
  }
  void End(absl::Status status) {
    ended_ = true;
    status_ = std::move(status);
    Pump();
  }

 private:
  void Pump() {
    while (!sizes_.empty() && !responder_->Cancelled()) {
      if (!responder_->Ready()) {
        if (!waiting_) {
          waiting_ = true;
          responder_->OnReady([self = shared_from_this()] {
            self->waiting_ = false;
            self->Pump();
          });
        }
        return;
      }
      StreamingOutputCallResponse response;
      response.mutable_payload()->set_body(std::string(static_cast<size_t>(sizes_.front()), '\0'));
      sizes_.pop_front();
      responder_->Send(response);
    }
    if (ended_ && sizes_.empty()) responder_->Finish(status_);
  }

  const std::shared_ptr<rpc::Responder> responder_;
  std::deque<int> sizes_;
  bool ended_ = false, waiting_ = false;
  absl::Status status_;
};

class Sum : public rpc::Incoming {
 public:
  explicit Sum(std::shared_ptr<rpc::Responder> responder) : responder_(std::move(responder)) {}
  void OnMessage(std::unique_ptr<Message> message) override {
    const auto& request = static_cast<const StreamingInputCallRequest&>(*message);
    sum_ += static_cast<int>(request.payload().body().size());
  }
  void OnEnd() override {
    StreamingInputCallResponse response;
    response.set_aggregated_payload_size(sum_);
    responder_->Finish(response);
  }

 private:
  const std::shared_ptr<rpc::Responder> responder_;
  int sum_ = 0;
};

class Duplex : public rpc::Incoming {
 public:
  Duplex(std::shared_ptr<rpc::Responder> responder, bool half)
      : responder_(std::move(responder)), output_(std::make_shared<Output>(responder_)),
        half_(half) {}
  void OnMessage(std::unique_ptr<Message> message) override {
    const auto& request = static_cast<const StreamingOutputCallRequest&>(*message);
    if (request.has_response_status() && request.response_status().code() != 0) {
      output_->End(Asked(request.response_status()));
    } else if (half_) {
      kept_.push_back(request);
    } else {
      output_->Add(request);
    }
  }
  void OnEnd() override {
    for (const auto& request : kept_) output_->Add(request);
    output_->End(absl::OkStatus());
  }

 private:
  const std::shared_ptr<rpc::Responder> responder_;
  const std::shared_ptr<Output> output_;
  const bool half_;
  std::vector<StreamingOutputCallRequest> kept_;
};

class TestService : public rpc::Dispatcher {
 public:
  std::vector<const MethodDescriptor*> Methods() const override {
    std::vector<const MethodDescriptor*> methods;
    for (int i = 0; i < Service()->method_count(); ++i) {
      // What the interoperability client expects nobody to serve.
      if (Service()->method(i)->name() != "UnimplementedCall") {
        methods.push_back(Service()->method(i));
      }
    }
    return methods;
  }

  void Call(rpc::CallContext context, std::unique_ptr<Message> request,
            std::shared_ptr<rpc::Responder> responder) override {
    EchoMetadata(context, *responder);
    const std::string& name = context.method->name();
    if (name == "EmptyCall") {
      responder->Finish(grpc::testing::Empty());
    } else if (name == "StreamingOutputCall") {
      auto output = std::make_shared<Output>(std::move(responder));
      output->Add(static_cast<const StreamingOutputCallRequest&>(*request));
      output->End(absl::OkStatus());
    } else {
      Unary(static_cast<const SimpleRequest&>(*request), *responder);
    }
  }

  std::shared_ptr<rpc::Incoming> Open(rpc::CallContext context,
                                      std::shared_ptr<rpc::Responder> responder) override {
    EchoMetadata(context, *responder);
    if (context.method->name() == "StreamingInputCall") {
      return std::make_shared<Sum>(std::move(responder));
    }
    return std::make_shared<Duplex>(std::move(responder),
                                    context.method->name() == "HalfDuplexCall");
  }

 private:
  static void Unary(const SimpleRequest& request, rpc::Responder& responder) {
    if (request.has_response_status() && request.response_status().code() != 0) {
      responder.Finish(Asked(request.response_status()));
      return;
    }
    if (request.response_size() < 0 || request.response_size() > 64 << 20) {
      responder.Finish(Error(absl::StatusCode::kInvalidArgument, "response.size", "No such size."));
      return;
    }
    SimpleResponse response;
    response.mutable_payload()->set_body(
        std::string(static_cast<size_t>(request.response_size()), '\0'));
    responder.Finish(response);
  }
};

}  // namespace

std::shared_ptr<rpc::Dispatcher> NewTestService() { return std::make_shared<TestService>(); }

}  // namespace muniment::interop
