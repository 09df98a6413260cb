#include "gateway/rpc/call.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/metadata.h"

namespace muniment::rpc {

using google::protobuf::Message;

namespace {

// What costs an I/O thread less than handing it over would, or little more.
constexpr size_t kDecodedInPlace = 32 << 10;

}  // namespace

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

absl::Status ServerCall::Admit(size_t bytes, bool gzip) {
  constexpr size_t kDecodedUnasked = 64 << 10;
  constexpr size_t kDeflateRatio = 1032;
  if (plan_ == nullptr || bytes * (gzip ? kDeflateRatio : 1) <= kDecodedUnasked) {
    return absl::OkStatus();
  }
  return plan_->dispatcher->Admits(Context());
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

absl::StatusOr<std::unique_ptr<Message>> ServerCall::Decode(absl::string_view bytes, bool gzip) {
  RETURN_IF_ERROR(Admit(bytes.size(), gzip));
  return Read(bytes, gzip);
}

void ServerCall::TakeRequest(std::string body, size_t start, bool gzip) {
  const absl::string_view bytes = absl::string_view(body).substr(start);
  const absl::Status admitted = Admit(bytes.size(), gzip);
  if (!admitted.ok()) return Finish(admitted);
  if (!gzip && bytes.size() <= kDecodedInPlace) return Dispatch(Read(bytes, false));
  if (gzip) {
    // Most turn out to be small.
    const size_t few = std::min(kDecodedInPlace, settings_->max_message);
    const absl::StatusOr<std::string> plain = Gunzip(bytes, few);
    if (plain.ok()) return Dispatch(Read(*plain, false));
    if (!absl::IsResourceExhausted(plain.status())) return Finish(plain.status());
  }
  DecodeAside(std::move(body), start, gzip);
}

void ServerCall::DecodeAside(std::string body, size_t start, bool gzip) {
  const size_t size = body.size();
  const bool fits = settings_->bytes_aside.fetch_add(size) + size <= settings_->max_aside;
  absl::Cleanup waits = [settings = settings_, size] { settings->bytes_aside.fetch_sub(size); };
  auto work = [self = shared_from_this(), body = std::move(body), start, gzip,
               waits = std::move(waits)]() mutable {
    if (self->finished() || self->Cancelled()) return;
    auto request = self->Read(absl::string_view(body).substr(start), gzip);
    body = std::string();
    self->Dispatch(std::move(request));
  };
  if (settings_->aside == nullptr) return work();
  if (fits && settings_->aside(std::move(work))) return;
  Finish(Error(absl::StatusCode::kResourceExhausted, "request.busy",
               "Too many large requests are being decoded. Try again soon."));
}

void ServerCall::Dispatch(absl::StatusOr<std::unique_ptr<Message>> request) {
  if (!request.ok()) return Finish(request.status());
  if (finished()) return;
  plan_->dispatcher->Call(Context(), *std::move(request), shared_from_this());
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
