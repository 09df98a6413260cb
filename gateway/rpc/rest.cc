// REST: requests and answers in JSON, where google.api.http says.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/json_writer.h"
#include "gateway/rpc/metadata.h"
#include "gateway/rpc/protocols.h"

namespace muniment::rpc {
namespace {

using google::protobuf::Message;

class RestCall final : public ServerCall {
 public:
  RestCall(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
           const MethodPlan* plan, RouteMatch match)
      : ServerCall(std::move(settings), std::move(exchange), plan, Protocol::kRest),
        match_(std::move(match)) {}
  ~RestCall() override { Abandon(); }

  void Begin();

 protected:
  absl::Status OnSend(const Message&) override {
    return Error(absl::StatusCode::kInternal, "call.not_streaming", "REST has no streams.");
  }
  absl::Status OnFinish(const Message* response) override;
  void OnError(const absl::Status& status) override;
  absl::Status ReadRequest(absl::string_view body, Message& request) override;

 private:
  absl::Status Check();
  absl::Status ReadBody(absl::string_view body, Message& request);
  absl::Status ReadQuery(Message& request);

  const RouteMatch match_;
};

absl::Status RestCall::Check() {
  RETURN_IF_ERROR(CheckHead());
  if (plan_->method->client_streaming() || plan_->method->server_streaming()) {
    return Error(absl::StatusCode::kUnimplemented, "method.streaming",
                 "Methods that stream are not served over REST.");
  }
  if (match_.malformed) {
    return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                 "The URL's path holds a bad escape.");
  }
  absl::Duration timeout = absl::InfiniteDuration();
  const absl::string_view wait = http().headers.Get("grpc-timeout");
  if (!wait.empty()) {
    ASSIGN_OR_RETURN(timeout, ParseGrpcTimeout(wait));
  }
  Watch(timeout);
  return absl::OkStatus();
}

void RestCall::Begin() {
  const absl::Status status = Check();
  if (!status.ok()) return Finish(status);
  auto self = std::static_pointer_cast<RestCall>(shared_from_this());
  exchange_->ReadAll(settings_->max_message, [self](absl::StatusOr<std::string> body) {
    const auto gzip = IsGzip(self->http().headers.Get("content-encoding"));
    const absl::Status status = body.ok() ? gzip.status() : body.status();
    if (!status.ok()) return self->Finish(status);
    self->TakeRequest(*std::move(body), 0, *gzip);
  });
}

absl::Status RestCall::ReadBody(absl::string_view body, Message& request) {
  if (body.find_first_not_of(" \t\r\n") == absl::string_view::npos) return absl::OkStatus();
  switch (match_.route->body) {
    case Route::Body::kAll: return ReadJson(body, request, settings_->decode);
    case Route::Body::kField:
      return ReadJsonField(body, match_.route->body_field, request, settings_->decode);
    case Route::Body::kNone: return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status RestCall::ReadQuery(Message& request) {
  if (match_.route->body == Route::Body::kAll) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto parameters, ParseQuery(http().query));
  for (const auto& [name, value] : parameters) {
    const FieldPath path = FindPath(plan_->method->input_type(), name);
    // Unknown parameters are ignored, as unknown fields are.
    if (path.empty()) continue;
    RETURN_IF_ERROR(SetPath(path, value, request));
  }
  return absl::OkStatus();
}

absl::Status RestCall::ReadRequest(absl::string_view body, Message& request) {
  RETURN_IF_ERROR(ReadBody(body, request));
  for (size_t i = 0; i < match_.values.size(); ++i) {
    // The path names what is meant, whatever the body says.
    const FieldPath& path = match_.route->variables[i].path;
    Message& holder = Descend(path, request);
    holder.GetReflection()->ClearField(&holder, path.back());
    RETURN_IF_ERROR(SetPath(path, match_.values[i], request));
  }
  return ReadQuery(request);
}

absl::Status RestCall::OnFinish(const Message* response) {
  std::string body;
  if (match_.route->response_field != nullptr) {
    RETURN_IF_ERROR(WriteJsonField(*response, match_.route->response_field, body));
  } else {
    RETURN_IF_ERROR(WriteJson(*response, body));
  }
  net::Headers head = MakeHeaders("application/json");
  if (body.size() > settings_->compress_above &&
      AcceptsGzip(http().headers.Get("accept-encoding"))) {
    body = Gzip(body);
    head.Add("content-encoding", "gzip");
    head.Add("vary", "accept-encoding");
  }
  CopyMetadata(headers_, "", head);
  exchange_->Respond(match_.route->status, std::move(head), std::move(body));
  return absl::OkStatus();
}

void RestCall::OnError(const absl::Status& status) {
  net::Headers head = MakeHeaders("application/json");
  CopyMetadata(headers_, "", head);
  const auto error = ToRpcStatus(status, settings_->log, settings_->reveal_internal);
  exchange_->Respond(RestStatus(status), std::move(head), StatusJson(error));
}

}  // namespace

void StartRest(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
               const MethodPlan* plan, RouteMatch match) {
  std::make_shared<RestCall>(std::move(settings), std::move(exchange), plan, std::move(match))
      ->Begin();
}

}  // namespace muniment::rpc
