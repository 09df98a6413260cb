#include "gateway/rpc/health.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "grpc/health/v1/health.pb.h"

namespace muniment::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr size_t kMaxWatchers = 10000;

absl::Status Draining() {
  return Error(absl::StatusCode::kUnavailable, "server.draining", "The server is stopping.");
}

HealthCheckResponse Answer(int status) {
  HealthCheckResponse response;
  response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
  return response;
}

}  // namespace

int Health::StatusOf(const std::string& service) const {
  const auto found = serving_.find(service);
  if (found == serving_.end()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return found->second ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void Health::Set(absl::string_view service, bool serving) {
  absl::MutexLock lock(&mu_);
  const auto [entry, fresh] = serving_.try_emplace(std::string(service), serving);
  if (!fresh && entry->second == serving) return;
  entry->second = serving;
  for (const Watcher& watcher : watchers_) {
    if (watcher.service == service) watcher.responder->Send(Answer(StatusOf(watcher.service)));
  }
}

void Health::Close() {
  std::vector<Watcher> watchers;
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
    watchers.swap(watchers_);
  }
  for (const Watcher& watcher : watchers) watcher.responder->Finish(Draining());
}

std::vector<const google::protobuf::MethodDescriptor*> Health::Methods() const {
  const auto* service = HealthCheckRequest::descriptor()->file()->FindServiceByName("Health");
  return {service->FindMethodByName("Check"), service->FindMethodByName("Watch")};
}

void Health::Call(CallContext context, std::unique_ptr<google::protobuf::Message> request,
                  std::shared_ptr<Responder> responder) {
  const std::string service = static_cast<const HealthCheckRequest&>(*request).service();
  asked_();
  if (context.method->server_streaming()) return Watch(service, std::move(responder));
  int status;
  {
    absl::MutexLock lock(&mu_);
    status = StatusOf(service);
  }
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    responder->Finish(Error(absl::StatusCode::kNotFound, "service.unknown",
                            "There is no such service."));
  } else {
    responder->Finish(Answer(status));
  }
}

void Health::Watch(const std::string& service, std::shared_ptr<Responder> responder) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return responder->Finish(Draining());
    if (watchers_.size() < kMaxWatchers) {
      responder->Send(Answer(StatusOf(service)));
      watchers_.push_back({service, responder});
    } else {
      responder->Finish(Error(absl::StatusCode::kResourceExhausted, "health.watchers",
                              "Too many clients watch."));
      return;
    }
  }
  responder->OnCancel([this, raw = responder.get()] {
    std::shared_ptr<Responder> last;
    absl::MutexLock lock(&mu_);
    const auto found = std::find_if(watchers_.begin(), watchers_.end(), [raw](const Watcher& w) {
      return w.responder.get() == raw;
    });
    if (found == watchers_.end()) return;
    last = std::move(found->responder);
    watchers_.erase(found);
  });
}

}  // namespace muniment::rpc
