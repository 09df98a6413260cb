// What serves calls, seen from the protocols: one Dispatcher behind gRPC, gRPC-Web, Connect and
// REST. The protocols parse, the dispatcher decides, the responder answers in the caller's own
// protocol.
//
//   class Greeter : public rpc::Dispatcher {
//     std::vector<const MethodDescriptor*> Methods() const override { return {say_hello_}; }
//     void Call(rpc::CallContext context, std::unique_ptr<Message> request,
//               std::shared_ptr<rpc::Responder> responder) override {
//       responder->Finish(Answer(static_cast<const HelloRequest&>(*request)));
//     }
//   };
//
// Who wants to know the caller before a request costs anything overrides Accept, and has it decoded
// when it does.
//
// Threads: Accept and Open run on the connection's I/O thread, Call where the request was decoded,
// and must not block; the responder may be used from any thread, its Send and Finish one after the
// other. The first Finish counts; whatever follows it, or the client's going, does nothing. A
// responder dropped unfinished answers INTERNAL.
#ifndef MUNIMENT_GATEWAY_RPC_DISPATCHER_H_
#define MUNIMENT_GATEWAY_RPC_DISPATCHER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/net/http.h"

namespace muniment::rpc {

enum class Protocol { kGrpc, kGrpcWeb, kConnect, kRest };

struct CallContext {
  const google::protobuf::MethodDescriptor* method = nullptr;
  Protocol protocol = Protocol::kGrpc;
  // The HTTP request: authority, scheme, peer (the client's IP address), headers.
  std::shared_ptr<const net::Request> request;
  // When the client stops waiting.
  absl::Time deadline = absl::InfiniteFuture();

  // Request metadata by lower-case name; the first value, or "". A "-bin" name gives base64 as sent
  // (DecodeBinaryHeader in metadata.h).
  absl::string_view Header(absl::string_view name) const { return request->headers.Get(name); }
  absl::string_view authority() const { return request->authority; }
  absl::string_view peer() const { return request->peer; }
  absl::string_view user_agent() const { return request->headers.Get("user-agent"); }
};

class Responder {
 public:
  virtual ~Responder() = default;

  // Response metadata: headers before the first Send or Finish, trailers before Finish. Lower-case
  // names; the value of a "-bin" name is raw bytes.
  virtual void SetHeader(absl::string_view name, absl::string_view value) = 0;
  virtual void SetTrailer(absl::string_view name, absl::string_view value) = 0;

  // Server streaming: one more message. It is serialized before this returns.
  virtual void Send(const google::protobuf::Message& message) = 0;
  // The answer of a method without server streaming.
  virtual void Finish(const google::protobuf::Message& response) = 0;
  // An error, or OK at the end of a stream.
  virtual void Finish(const absl::Status& status) = 0;

  // The client went away or its deadline passed. Callbacks run once, on the I/O thread, or at once
  // when that has happened already.
  virtual bool Cancelled() const = 0;
  virtual void OnCancel(absl::AnyInvocable<void()> cancelled) = 0;

  // Back-pressure: false while the client has much to take; then OnReady calls back once, on the
  // I/O thread.
  virtual bool Ready() const = 0;
  virtual void OnReady(absl::AnyInvocable<void()> ready) = 0;
};

// What a client streams, on the I/O thread. Released when the call is over.
class Incoming {
 public:
  virtual ~Incoming() = default;
  virtual void OnMessage(std::unique_ptr<google::protobuf::Message> message) = 0;
  // The client has sent all it had.
  virtual void OnEnd() = 0;
};

// A call's request as it came, all of it: so many bytes and nothing made of them yet. Whoever lets
// it go without decoding it has ended it.
class Undecoded {
 public:
  using Decoded =
      absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<google::protobuf::Message>>)>;

  virtual ~Undecoded() = default;
  virtual size_t size() const = 0;
  // Once. `decoded` runs before this returns for a small request, on a thread for large ones else,
  // and never when the client has gone meanwhile. The status is for the client.
  virtual void Decode(Decoded decoded) = 0;
};

class Dispatcher {
 public:
  virtual ~Dispatcher() = default;

  // The methods that are served; asked once, before the first call.
  virtual std::vector<const google::protobuf::MethodDescriptor*> Methods() const = 0;

  // A call with one request. Decodes it and hands it to Call unless overridden.
  virtual void Accept(CallContext context, std::shared_ptr<Undecoded> request,
                      std::shared_ptr<Responder> responder);

  // The same with its message, of the method's input type.
  virtual void Call(CallContext context, std::unique_ptr<google::protobuf::Message> request,
                    std::shared_ptr<Responder> responder) = 0;

  // A call whose client streams. Answers UNIMPLEMENTED and returns null unless overridden.
  virtual std::shared_ptr<Incoming> Open(CallContext context,
                                         std::shared_ptr<Responder> responder);
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_DISPATCHER_H_
