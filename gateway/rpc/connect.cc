// Connect's unary protocol: plain HTTP, the answer as the body, errors as JSON.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/metadata.h"
#include "gateway/rpc/protocols.h"
#include "gateway/rpc/query.h"

namespace muniment::rpc {
namespace {

using google::protobuf::Message;

class ConnectCall final : public ServerCall {
 public:
  ConnectCall(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
              const MethodPlan* plan, Format format)
      : ServerCall(std::move(settings), std::move(exchange), plan, Protocol::kConnect),
        format_(format) {}
  ~ConnectCall() override { Abandon(); }

  void Begin();
  void BeginGet();

 protected:
  absl::Status OnSend(const Message& message) override;
  absl::Status OnFinish(const Message* response) override;
  void OnError(const absl::Status& status) override;
  absl::Status ReadRequest(absl::string_view bytes, Message& request) override {
    return ParseMessage(format_, bytes, request, settings_->decode);
  }

 private:
  absl::Status ReadPrologue();
  absl::Status Take(std::string body, absl::string_view encoding);
  absl::Status TakeQuery();

  Format format_;
};

absl::Status ConnectCall::ReadPrologue() {
  const net::Headers& headers = http().headers;
  RETURN_IF_ERROR(CheckHead());
  const absl::string_view version = headers.Get("connect-protocol-version");
  if (!version.empty() && version != "1") {
    return Error(absl::StatusCode::kInvalidArgument, "request.protocol_version",
                 "The Connect protocol's version is 1.");
  }
  absl::Duration timeout = absl::InfiniteDuration();
  const absl::string_view wait = headers.Get("connect-timeout-ms");
  if (!wait.empty()) {
    ASSIGN_OR_RETURN(timeout, ParseConnectTimeout(wait));
  }
  Watch(timeout);
  return absl::OkStatus();
}

void ConnectCall::Begin() {
  const absl::Status status = ReadPrologue();
  if (!status.ok()) return Finish(status);
  auto self = std::static_pointer_cast<ConnectCall>(shared_from_this());
  exchange_->ReadAll(settings_->max_message, [self](absl::StatusOr<std::string> body) {
    const absl::Status status =
        body.ok() ? self->Take(*std::move(body), self->http().headers.Get("content-encoding"))
                  : body.status();
    if (!status.ok()) self->Finish(status);
  });
}

absl::Status ConnectCall::Take(std::string body, absl::string_view encoding) {
  ASSIGN_OR_RETURN(const bool gzip, IsGzip(encoding));
  const bool compressed = gzip && !body.empty();
  TakeRequest(std::move(body), 0, compressed);
  return absl::OkStatus();
}

void ConnectCall::BeginGet() {
  absl::Status status = ReadPrologue();
  if (status.ok()) status = TakeQuery();
  if (!status.ok()) Finish(status);
}

absl::Status ConnectCall::TakeQuery() {
  ASSIGN_OR_RETURN(const auto parameters, ParseQuery(http().query));
  std::string message;
  absl::string_view encoding, compression;
  bool base64 = false, given = false;
  for (const auto& [name, value] : parameters) {
    if (name == "message") {
      message = value;
      given = true;
    }
    if (name == "encoding") encoding = value;
    if (name == "compression") compression = value;
    if (name == "base64") base64 = value == "1";
  }
  if (!given || (encoding != "json" && encoding != "proto")) {
    return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                 "The query needs message, and encoding json or proto.");
  }
  format_ = encoding == "json" ? Format::kJson : Format::kProto;
  if (base64) {
    std::string bytes;
    if (!DecodeBase64(message, bytes)) {
      return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                   "The query's message is not base64.");
    }
    message = std::move(bytes);
  }
  return Take(std::move(message), compression);
}

absl::Status ConnectCall::OnSend(const Message&) {
  return Error(absl::StatusCode::kInternal, "call.not_streaming", "Streams come in envelopes.");
}

absl::Status ConnectCall::OnFinish(const Message* response) {
  std::string body;
  RETURN_IF_ERROR(AppendMessage(format_, *response, body));
  net::Headers head =
      MakeHeaders(format_ == Format::kJson ? "application/json" : "application/proto");
  if (body.size() > settings_->compress_above &&
      AcceptsGzip(http().headers.Get("accept-encoding"))) {
    body = Gzip(body);
    head.Add("content-encoding", "gzip");
    head.Add("vary", "accept-encoding");
  }
  CopyMetadata(headers_, "", head);
  CopyMetadata(trailers_, "trailer-", head);
  exchange_->Respond(200, std::move(head), std::move(body));
  return absl::OkStatus();
}

void ConnectCall::OnError(const absl::Status& status) {
  net::Headers head = MakeHeaders("application/json");
  CopyMetadata(headers_, "", head);
  CopyMetadata(trailers_, "trailer-", head);
  const auto error = ToRpcStatus(status, settings_->log, settings_->reveal_internal);
  exchange_->Respond(HttpStatus(status.code()), std::move(head), ConnectErrorJson(error));
}

}  // namespace

void StartConnect(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
                  const MethodPlan* plan, Format format) {
  std::make_shared<ConnectCall>(std::move(settings), std::move(exchange), plan, format)->Begin();
}

void StartConnectGet(std::shared_ptr<const Settings> settings,
                     std::shared_ptr<net::Exchange> exchange, const MethodPlan* plan) {
  std::make_shared<ConnectCall>(std::move(settings), std::move(exchange), plan, Format::kJson)
      ->BeginGet();
}

}  // namespace muniment::rpc
