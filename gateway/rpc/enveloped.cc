// gRPC over HTTP/2, gRPC-Web and Connect's streaming protocol. They differ in how a call ends:
// trailers, a frame of trailers, a frame of JSON.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "gateway/rpc/compress.h"
#include "gateway/rpc/envelope.h"
#include "gateway/rpc/json_writer.h"
#include "gateway/rpc/metadata.h"
#include "gateway/rpc/protocols.h"

namespace muniment::rpc {
namespace {

using google::protobuf::Message;

Protocol ProtocolOf(Envelopes kind) {
  switch (kind) {
    case Envelopes::kGrpc: return Protocol::kGrpc;
    case Envelopes::kConnect: return Protocol::kConnect;
    default: return Protocol::kGrpcWeb;
  }
}

// gRPC-Web's text form is base64 in one or more pieces, each padded on its own.
bool DecodePieces(absl::string_view text, std::string& out) {
  out.clear();
  while (!text.empty()) {
    size_t end = text.find('=');
    if (end != absl::string_view::npos) {
      while (end < text.size() && text[end] == '=') ++end;
    }
    const absl::string_view piece = text.substr(0, end);
    std::string bytes;
    if (!DecodeBase64(piece, bytes)) return false;
    out += bytes;
    text.remove_prefix(piece.size());
  }
  return true;
}

class EnvelopedCall final : public ServerCall {
 public:
  EnvelopedCall(std::shared_ptr<const Settings> settings, std::shared_ptr<net::Exchange> exchange,
                const MethodPlan* plan, Envelopes kind, Format format)
      : ServerCall(std::move(settings), std::move(exchange), plan, ProtocolOf(kind)), kind_(kind),
        format_(format), unwrapper_(settings_->max_message) {}
  ~EnvelopedCall() override { Abandon(); }

  void Begin();

 protected:
  absl::Status OnSend(const Message& message) override;
  absl::Status OnFinish(const Message* response) override;
  void OnError(const absl::Status& status) override;
  absl::Status ReadRequest(absl::string_view bytes, Message& request) override {
    return ParseMessage(format_, bytes, request, settings_->decode);
  }

 private:
  bool connect() const { return kind_ == Envelopes::kConnect; }
  bool web() const { return kind_ == Envelopes::kGrpcWeb || kind_ == Envelopes::kGrpcWebText; }
  absl::Status ReadPrologue(absl::Duration& timeout);
  void ReadOne();
  void ReadStream();
  absl::Status TakeOne(std::string body);
  absl::Status TakeChunk(Incoming& incoming, absl::string_view bytes, bool end);
  // Whether a message is compressed, by its flags.
  absl::StatusOr<bool> Compressed(const Unwrapper::Message& wrapped) const;
  absl::Status Wrap(const Message& message, std::string& out);
  net::Headers Head() const;
  void End(const google::rpc::Status& status, std::string body);
  void AppendWebTrailers(const google::rpc::Status& status, std::string& body) const;
  void AppendConnectEnd(const google::rpc::Status& status, std::string& body) const;
  std::string Text(std::string bytes) const {
    return kind_ == Envelopes::kGrpcWebText ? absl::Base64Escape(bytes) : std::move(bytes);
  }

  const Envelopes kind_;
  const Format format_;
  Unwrapper unwrapper_;
  bool gzip_in_ = false, gzip_out_ = false;
};

absl::Status EnvelopedCall::ReadPrologue(absl::Duration& timeout) {
  const net::Headers& headers = http().headers;
  RETURN_IF_ERROR(CheckHead());
  gzip_out_ =
      AcceptsGzip(headers.Get(connect() ? "connect-accept-encoding" : "grpc-accept-encoding"));
  const absl::string_view wait = headers.Get(connect() ? "connect-timeout-ms" : "grpc-timeout");
  if (!wait.empty()) {
    ASSIGN_OR_RETURN(timeout, connect() ? ParseConnectTimeout(wait) : ParseGrpcTimeout(wait));
  }
  const absl::string_view encoding =
      headers.Get(connect() ? "connect-content-encoding" : "grpc-encoding");
  ASSIGN_OR_RETURN(gzip_in_, IsGzip(encoding));
  return absl::OkStatus();
}

void EnvelopedCall::Begin() {
  absl::Duration timeout = absl::InfiniteDuration();
  const absl::Status status = ReadPrologue(timeout);
  if (!status.ok()) return Finish(status);
  Watch(timeout);
  if (plan_->method->client_streaming()) {
    ReadStream();
  } else {
    ReadOne();
  }
}

void EnvelopedCall::ReadOne() {
  auto self = std::static_pointer_cast<EnvelopedCall>(shared_from_this());
  size_t max = settings_->max_message + kEnvelopeHead;
  if (kind_ == Envelopes::kGrpcWebText) max = max * 4 / 3 + 8;
  exchange_->ReadAll(max, [self](absl::StatusOr<std::string> body) {
    const absl::Status status = body.ok() ? self->TakeOne(*std::move(body)) : body.status();
    if (!status.ok()) self->Finish(status);
  });
}

absl::Status EnvelopedCall::TakeOne(std::string body) {
  const auto malformed = [](absl::string_view what) {
    return Error(absl::StatusCode::kInvalidArgument, "request.malformed", what);
  };
  if (kind_ == Envelopes::kGrpcWebText) {
    std::string bytes;
    if (!DecodePieces(body, bytes)) return malformed("The request is not base64.");
    body = std::move(bytes);
  }
  unwrapper_.Take(std::move(body));
  ASSIGN_OR_RETURN(auto wrapped, unwrapper_.Next());
  if (!wrapped.has_value()) return malformed("The request ends before its message does.");
  if (unwrapper_.torn()) return malformed("The request holds more than one message.");
  ASSIGN_OR_RETURN(const bool gzip, Compressed(*wrapped));
  TakeRequest(unwrapper_.Release(), kEnvelopeHead, gzip);
  return absl::OkStatus();
}

void EnvelopedCall::ReadStream() {
  if (kind_ == Envelopes::kGrpcWebText) {
    return Finish(Error(absl::StatusCode::kUnimplemented, "method.client_streaming",
                        "The text form of gRPC-Web has no streams of requests."));
  }
  auto self = std::static_pointer_cast<EnvelopedCall>(shared_from_this());
  // The exchange owns what listens, for that holds the call: it goes with the last of the request.
  std::shared_ptr<Incoming> incoming = OpenIncoming();
  if (incoming == nullptr) return;
  exchange_->ReadChunks([self, incoming](absl::string_view bytes, bool end) mutable {
    if (incoming == nullptr) return;
    const absl::Status status = self->TakeChunk(*incoming, bytes, end);
    if (!status.ok()) self->Finish(status);
    if (!status.ok() || self->finished()) incoming = nullptr;
  });
}

absl::Status EnvelopedCall::TakeChunk(Incoming& incoming, absl::string_view bytes,
                                      bool end) {
  unwrapper_.Feed(bytes);
  for (;;) {
    ASSIGN_OR_RETURN(auto wrapped, unwrapper_.Next());
    if (!wrapped.has_value()) break;
    ASSIGN_OR_RETURN(const bool gzip, Compressed(*wrapped));
    ASSIGN_OR_RETURN(auto message, Read(wrapped->bytes, gzip));
    if (finished()) return absl::OkStatus();
    incoming.OnMessage(std::move(message));
  }
  if (!end) return absl::OkStatus();
  if (unwrapper_.torn()) {
    return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                 "The request ends before its message does.");
  }
  incoming.OnEnd();
  return absl::OkStatus();
}

absl::StatusOr<bool> EnvelopedCall::Compressed(const Unwrapper::Message& wrapped) const {
  if ((wrapped.flags & ~kCompressed) != 0) {
    return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                 "The message's flags are unknown.");
  }
  const bool compressed = (wrapped.flags & kCompressed) != 0;
  if (!compressed || gzip_in_) return compressed;
  // INTERNAL is what gRPC's compression page asks for.
  return Error(absl::StatusCode::kInternal, "request.compression",
               "A message is compressed but no compression is named.");
}

absl::Status EnvelopedCall::Wrap(const Message& message, std::string& out) {
  const size_t start = OpenEnvelope(out);
  RETURN_IF_ERROR(AppendMessage(format_, message, out));
  uint8_t flags = 0;
  const size_t body = start + kEnvelopeHead;
  if (gzip_out_ && out.size() - body > settings_->compress_above) {
    const std::string small = Gzip(absl::string_view(out).substr(body));
    out.replace(body, std::string::npos, small);
    flags = kCompressed;
  }
  CloseEnvelope(start, flags, out);
  return absl::OkStatus();
}

net::Headers EnvelopedCall::Head() const {
  static constexpr absl::string_view kTypes[] = {"application/grpc", "application/grpc-web",
                                                 "application/grpc-web-text",
                                                 "application/connect"};
  net::Headers headers = MakeHeaders(absl::StrCat(kTypes[static_cast<int>(kind_)],
                                                  format_ == Format::kJson ? "+json" : "+proto"));
  if (gzip_out_) headers.Add(connect() ? "connect-content-encoding" : "grpc-encoding", "gzip");
  headers.Add(connect() ? "connect-accept-encoding" : "grpc-accept-encoding", "gzip");
  CopyMetadata(headers_, "", headers);
  return headers;
}

absl::Status EnvelopedCall::OnSend(const Message& message) {
  std::string body;
  RETURN_IF_ERROR(Wrap(message, body));
  if (!started_) exchange_->Start(200, Head());
  started_ = true;
  exchange_->Write(Text(std::move(body)));
  return absl::OkStatus();
}

absl::Status EnvelopedCall::OnFinish(const Message* response) {
  std::string body;
  if (response != nullptr) RETURN_IF_ERROR(Wrap(*response, body));
  End({}, std::move(body));
  return absl::OkStatus();
}

void EnvelopedCall::OnError(const absl::Status& status) {
  End(ToRpcStatus(status, settings_->log, settings_->reveal_internal), "");
}

void EnvelopedCall::End(const google::rpc::Status& status, std::string body) {
  if (kind_ == Envelopes::kGrpc) {
    net::Headers trailers;
    AddGrpcStatus(status, trailers);
    CopyMetadata(trailers_, "", trailers);
    if (started_) {
      if (!body.empty()) exchange_->Write(body);
      return exchange_->End(std::move(trailers));
    }
    net::Headers head = Head();
    if (!body.empty()) {
      return exchange_->Respond(200, std::move(head), std::move(body), std::move(trailers));
    }
    // Nothing but the end: headers and trailers in one.
    for (size_t i = 0; i < trailers.size(); ++i) head.Add(trailers.name(i), trailers.value(i));
    return exchange_->Respond(200, std::move(head), "");
  }
  if (connect()) {
    AppendConnectEnd(status, body);
  } else {
    AppendWebTrailers(status, body);
  }
  if (started_) {
    exchange_->Write(Text(std::move(body)));
    exchange_->End();
  } else {
    exchange_->Respond(200, Head(), Text(std::move(body)));
  }
}

void EnvelopedCall::AppendWebTrailers(const google::rpc::Status& status, std::string& body) const {
  net::Headers trailers;
  AddGrpcStatus(status, trailers);
  CopyMetadata(trailers_, "", trailers);
  const size_t start = OpenEnvelope(body);
  for (size_t i = 0; i < trailers.size(); ++i) {
    absl::StrAppend(&body, trailers.name(i), ": ", trailers.value(i), "\r\n");
  }
  CloseEnvelope(start, kWebTrailers, body);
}

void EnvelopedCall::AppendConnectEnd(const google::rpc::Status& status, std::string& body) const {
  net::Headers trailers;
  CopyMetadata(trailers_, "", trailers);
  const size_t start = OpenEnvelope(body);
  body += '{';
  if (status.code() != 0) absl::StrAppend(&body, "\"error\":", ConnectErrorJson(status));
  if (!trailers.empty()) {
    absl::StrAppend(&body, status.code() != 0 ? "," : "", "\"metadata\":{");
    for (size_t i = 0; i < trailers.size(); ++i) {
      if (i > 0) body += ',';
      AppendJsonString(trailers.name(i), body);
      body += ":[";
      AppendJsonString(trailers.value(i), body);
      body += ']';
    }
    body += '}';
  }
  body += '}';
  CloseEnvelope(start, kConnectEnd, body);
}

}  // namespace

void StartEnveloped(std::shared_ptr<const Settings> settings,
                    std::shared_ptr<net::Exchange> exchange, const MethodPlan* plan,
                    Envelopes kind, Format format) {
  std::make_shared<EnvelopedCall>(std::move(settings), std::move(exchange), plan, kind, format)
      ->Begin();
}

}  // namespace muniment::rpc
