#include "gateway/rpc/call.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/metadata.h"

namespace muniment::rpc {

using google::protobuf::Message;

namespace {

// What costs an I/O thread less than handing it over would, or little more.
constexpr size_t kDecodedInPlace = 32 << 10;

}  // namespace

absl::Status UnknownMethod(const Settings& settings, absl::string_view path) {
  constexpr size_t kShown = 200;
  absl::ConsumePrefix(&path, "/");
  const size_t slash = path.rfind('/');
  const absl::string_view service = path.substr(0, slash == absl::string_view::npos ? 0 : slash);
  const absl::string_view shown = service.empty() ? path : service;
  const std::string name = absl::CHexEscape(shown.substr(0, kShown));
  const bool known = settings.services.contains(service);
  return Error(absl::StatusCode::kUnimplemented, "method.unknown",
               known ? absl::StrCat("The service ", name, " has no method ",
                                    absl::CHexEscape(path.substr(slash + 1, kShown)), ".")
                     : absl::StrCat("There is no service ", name, "."));
}

ServerCall::ServerCall(std::shared_ptr<const Settings> settings,
                       std::shared_ptr<net::Exchange> exchange, const MethodPlan* plan,
                       Protocol protocol)
    : settings_(std::move(settings)), exchange_(std::move(exchange)), plan_(plan),
      protocol_(protocol) {}

void ServerCall::Abandon() {
  if (finished_.exchange(true) || exchange_->Gone()) return;
  Fail(Error(absl::StatusCode::kInternal, "call.abandoned", "A call was dropped unanswered."));
}

void ServerCall::SetHeader(absl::string_view name, absl::string_view value) {
  if (finished()) return;
  absl::MutexLock lock(&mu_);
  AddMetadata(name, value, headers_);
}

void ServerCall::SetTrailer(absl::string_view name, absl::string_view value) {
  if (finished()) return;
  absl::MutexLock lock(&mu_);
  AddMetadata(name, value, trailers_);
}

void ServerCall::Send(const Message& message) {
  if (finished()) return;
  absl::Status status = Error(absl::StatusCode::kInternal, "call.not_streaming",
                              "A method without a stream of answers sent one.");
  if (plan_ != nullptr && plan_->method->server_streaming()) {
    absl::MutexLock lock(&mu_);
    if (finished()) return;
    status = OnSend(message);
  }
  if (!status.ok()) Finish(status);
}

void ServerCall::Finish(const Message& response) {
  if (plan_ != nullptr && plan_->method->server_streaming()) {
    Send(response);
    Finish(absl::OkStatus());
    return;
  }
  if (finished_.exchange(true)) return;
  absl::Status status;
  {
    absl::MutexLock lock(&mu_);
    status = OnFinish(&response);
  }
  if (!status.ok()) Fail(status);
}

void ServerCall::Finish(const absl::Status& status) {
  if (finished_.exchange(true)) return;
  if (!status.ok()) return Fail(status);
  if (plan_ == nullptr || !plan_->method->server_streaming()) {
    return Fail(Error(absl::StatusCode::kInternal, "call.no_response",
                      "A method finished without its response."));
  }
  absl::MutexLock lock(&mu_);
  const absl::Status ended = OnFinish(nullptr);
  if (!ended.ok()) OnError(ended);
}

void ServerCall::Fail(const absl::Status& status) {
  absl::MutexLock lock(&mu_);
  OnError(status);
}

bool ServerCall::Cancelled() const {
  absl::MutexLock lock(&cancel_mu_);
  return cancelled_;
}

void ServerCall::OnCancel(absl::AnyInvocable<void()> cancelled) {
  {
    absl::MutexLock lock(&cancel_mu_);
    if (!cancelled_) {
      on_cancel_.push_back(std::move(cancelled));
      return;
    }
  }
  cancelled();
}

void ServerCall::Cancel() {
  std::vector<absl::AnyInvocable<void()>> callbacks;
  {
    absl::MutexLock lock(&cancel_mu_);
    if (cancelled_) return;
    cancelled_ = true;
    callbacks.swap(on_cancel_);
  }
  for (auto& callback : callbacks) callback();
}

void ServerCall::Watch(absl::Duration timeout) {
  exchange_->OnGone([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Cancel();
  });
  if (timeout == absl::InfiniteDuration()) return;
  deadline_ = absl::Now() + timeout;
  exchange_->After(timeout, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr || self->finished()) return;
    self->Finish(Error(absl::StatusCode::kDeadlineExceeded, "request.deadline",
                       "The deadline passed before the answer was ready."));
    self->Cancel();
  });
}

CallContext ServerCall::Context() {
  CallContext context;
  context.method = plan_->method;
  context.protocol = protocol_;
  context.request = std::shared_ptr<const net::Request>(exchange_, &exchange_->request());
  context.deadline = deadline_;
  return context;
}

absl::Status ServerCall::CheckHead() const {
  if (plan_ == nullptr) return UnknownMethod(*settings_, http().path);
  // Two readers could take two different ones for the one that is meant, a proxy's and ours.
  static constexpr absl::string_view kOnce[] = {
      "authorization", "content-type",       "content-encoding",         "grpc-encoding",
      "grpc-timeout",  "connect-timeout-ms", "connect-content-encoding", "connect-protocol-version",
      "x-zitadel-orgid", "x-muniment-sequence"};
  for (const absl::string_view name : kOnce) {
    if (!http().headers.Repeated(name)) continue;
    return Error(absl::StatusCode::kInvalidArgument, "request.header_twice",
                 absl::StrCat("The header ", name, " may stand in a request once only."));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Message>> ServerCall::Read(absl::string_view bytes, bool gzip) {
  std::string plain;
  if (gzip) {
    ASSIGN_OR_RETURN(plain, Gunzip(bytes, settings_->max_message));
    bytes = plain;
  }
  std::unique_ptr<Message> request(plan_->request->New());
  RETURN_IF_ERROR(ReadRequest(bytes, *request));
  return request;
}

class ServerCall::Whole final : public Undecoded {
 public:
  Whole(std::shared_ptr<ServerCall> call, std::string body, size_t start, bool gzip)
      : call_(std::move(call)), body_(std::move(body)), start_(start), gzip_(gzip) {}
  size_t size() const override { return body_.size(); }
  void Decode(Decoded decoded) override {
    call_->Decode(std::move(body_), start_, gzip_, std::move(decoded));
  }

 private:
  const std::shared_ptr<ServerCall> call_;
  std::string body_;
  const size_t start_;
  const bool gzip_;
};

void ServerCall::TakeRequest(std::string body, size_t start, bool gzip) {
  if (finished()) return;
  const auto self = shared_from_this();
  plan_->dispatcher->Accept(Context(),
                            std::make_shared<Whole>(self, std::move(body), start, gzip), self);
}

void ServerCall::Decode(std::string body, size_t start, bool gzip, Decoded decoded) {
  if (finished() || Cancelled()) return;
  const absl::string_view bytes = absl::string_view(body).substr(start);
  if (!gzip && bytes.size() <= kDecodedInPlace) return decoded(Read(bytes, false));
  if (gzip) {
    // Most turn out to be small.
    const size_t few = std::min(kDecodedInPlace, settings_->max_message);
    const absl::StatusOr<std::string> plain = Gunzip(bytes, few);
    if (plain.ok()) return decoded(Read(*plain, false));
    if (!absl::IsResourceExhausted(plain.status())) return decoded(plain.status());
  }
  DecodeAside(std::move(body), start, gzip, std::move(decoded));
}

void ServerCall::DecodeAside(std::string body, size_t start, bool gzip, Decoded decoded) {
  const size_t size = body.size();
  const bool fits = settings_->bytes_aside.fetch_add(size) + size <= settings_->max_aside;
  absl::Cleanup waits = [settings = settings_, size] { settings->bytes_aside.fetch_sub(size); };
  auto shared = std::make_shared<Decoded>(std::move(decoded));
  auto work = [self = shared_from_this(), body = std::move(body), start, gzip, shared,
               waits = std::move(waits)]() mutable {
    if (self->finished() || self->Cancelled()) return;
    auto request = self->Read(absl::string_view(body).substr(start), gzip);
    body = std::string();
    (*shared)(std::move(request));
  };
  if (settings_->aside == nullptr) return work();
  if (fits && settings_->aside(std::move(work))) return;
  (*shared)(Error(absl::StatusCode::kResourceExhausted, "request.busy",
                  "Too many large requests are being decoded. Try again soon."));
}

std::shared_ptr<Incoming> ServerCall::OpenIncoming() {
  return plan_->dispatcher->Open(Context(), shared_from_this());
}

net::Headers ServerCall::MakeHeaders(absl::string_view content_type) const {
  net::Headers headers;
  headers.Add("content-type", content_type);
  settings_->cors.Apply(http(), headers);
  return headers;
}

void ServerCall::CopyMetadata(const net::Headers& from, absl::string_view prefix,
                              net::Headers& to) {
  for (size_t i = 0; i < from.size(); ++i) {
    to.Add(absl::StrCat(prefix, from.name(i)), from.value(i));
  }
}

}  // namespace muniment::rpc
