// What calls of all protocols share: the responder's promises (first Finish counts, cancellation,
// deadline), metadata, decoding the request within its limits and handing it on. A protocol adds
// its ends: ReadRequest, OnSend and OnFinish.
#ifndef MUNIMENT_GATEWAY_RPC_CALL_H_
#define MUNIMENT_GATEWAY_RPC_CALL_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "gateway/net/http.h"
#include "gateway/rpc/codec.h"
#include "gateway/rpc/cors.h"
#include "gateway/rpc/dispatcher.h"
#include "gateway/rpc/error.h"

namespace muniment::rpc {

// One method as it is served.
struct MethodPlan {
  const google::protobuf::MethodDescriptor* method;
  Dispatcher* dispatcher;
  const google::protobuf::Message* request;  // prototype
  bool safe;                                 // idempotency_level = NO_SIDE_EFFECTS
};

// What all calls share; they keep it alive.
struct Settings {
  std::vector<std::shared_ptr<Dispatcher>> dispatchers;
  absl::flat_hash_map<std::string, std::unique_ptr<MethodPlan>> plans;  // "pkg.Service/Method"
  absl::flat_hash_set<std::string> services;                            // "pkg.Service"
  Cors cors;
  Log log;
  bool reveal_internal = false;
  size_t max_message = 4 << 20;
  // Larger answers are compressed for clients that take gzip.
  size_t compress_above = 4 << 10;
  DecodeLimits decode;
  std::function<bool(absl::AnyInvocable<void()>)> aside;
  size_t max_aside = 64 << 20;
  mutable std::atomic<size_t> bytes_aside{0};
};

// UNIMPLEMENTED "method.unknown" for a path "/pkg.Service/Method": names the service that is not
// there, or the method that the service does not have.
absl::Status UnknownMethod(const Settings& settings, absl::string_view path);

class ServerCall : public Responder, public std::enable_shared_from_this<ServerCall> {
 public:
  // `plan` is null for a method that is not served.
  ServerCall(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
             const MethodPlan* plan, Protocol protocol);

  void SetHeader(absl::string_view name, absl::string_view value) final;
  void SetTrailer(absl::string_view name, absl::string_view value) final;
  void Send(const google::protobuf::Message& message) final;
  void Finish(const google::protobuf::Message& response) final;
  void Finish(const absl::Status& status) final;
  bool Cancelled() const final;
  void OnCancel(absl::AnyInvocable<void()> cancelled) final;
  bool Ready() const final { return exchange_->Ready(); }
  void OnReady(absl::AnyInvocable<void()> ready) final { exchange_->OnReady(std::move(ready)); }

 protected:
  // Under the call's lock. OnFinish is called once: with the response, or an error, or OK at the
  // end of a stream.
  virtual absl::Status OnSend(const google::protobuf::Message& message) = 0;
  virtual absl::Status OnFinish(const google::protobuf::Message* response) = 0;
  virtual void OnError(const absl::Status& status) = 0;

  // What `bytes`, decompressed, say, into a fresh request. On any thread, of one at a time.
  virtual absl::Status ReadRequest(absl::string_view bytes,
                                   google::protobuf::Message& request) = 0;

  // To be called by the last class's destructor.
  void Abandon();
  // Watches the client and, where `timeout` is finite, the clock. On the I/O thread.
  void Watch(absl::Duration timeout);
  // What each protocol asks first: that the method is served, and that no header which can mean one
  // thing only stands twice. UNIMPLEMENTED "method.unknown", INVALID_ARGUMENT "request.header_twice".
  absl::Status CheckHead() const;
  // The call's one message, which stands in `body` from `start` on: hands it to the dispatcher.
  void TakeRequest(std::string body, size_t start, bool gzip);
  // One message of several, on this thread.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Read(absl::string_view bytes,
                                                                  bool gzip);
  std::shared_ptr<Incoming> OpenIncoming();
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  const net::Request& http() const { return exchange_->request(); }
  net::Headers MakeHeaders(absl::string_view content_type) const;
  // Copies metadata set by the handler behind `prefix`.
  static void CopyMetadata(const net::Headers& from, absl::string_view prefix, net::Headers& to);

  const std::shared_ptr<const Settings> settings_;
  const std::shared_ptr<net::Exchange> exchange_;
  const MethodPlan* const plan_;

  // Under the lock of OnSend and OnFinish.
  net::Headers headers_, trailers_;
  bool started_ = false;

 private:
  class Whole;
  using Decoded = Undecoded::Decoded;

  CallContext Context();
  // On this thread what is small, else where Settings::aside runs it.
  void Decode(std::string body, size_t start, bool gzip, Decoded decoded);
  void DecodeAside(std::string body, size_t start, bool gzip, Decoded decoded);
  void Cancel();
  void Fail(const absl::Status& status);

  const Protocol protocol_;
  absl::Time deadline_ = absl::InfiniteFuture();
  std::atomic<bool> finished_{false};
  absl::Mutex mu_;
  mutable absl::Mutex cancel_mu_;
  bool cancelled_ = false;
  std::vector<absl::AnyInvocable<void()>> on_cancel_;
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_CALL_H_
