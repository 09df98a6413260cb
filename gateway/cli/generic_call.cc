#include "gateway/cli/generic_call.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace muniment::gateway {
namespace {

constexpr int kMaxMessageBytes = 64 << 20;

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

absl::StatusOr<std::string> FromBuffer(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return absl::InternalError("An answer cannot be read.");
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// The server's status with its ErrorInfo, as our own functions would have returned it.
absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  if (rich.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : rich.details()) {
      if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
    }
  }
  if (info.reason().empty()) return absl::Status(code, status.error_message());
  absl::Status error = Error(code, info.reason(), status.error_message());
  for (const auto& [key, value] : info.metadata()) SetErrorFact(error, key, value);
  return error;
}

// One step of an asynchronous call, waited for.
bool Await(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(absl::string_view url,
                                                           const std::string& ca_path) {
  const absl::string_view given = url;
  const bool secure = absl::ConsumePrefix(&url, "https://");
  if (!secure && !absl::ConsumePrefix(&url, "http://")) {
    return Error(absl::StatusCode::kInvalidArgument, "call.invalid_url",
                 absl::StrCat("A URL begins with http:// or https://, not \"", given, "\"."));
  }
  absl::ConsumeSuffix(&url, "/");
  std::string target(url);
  const size_t bracket = target.find(']');
  if (target.find(':', bracket == std::string::npos ? 0 : bracket) == std::string::npos) {
    absl::StrAppend(&target, secure ? ":443" : ":80");
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (secure) {
    grpc::SslCredentialsOptions options;
    if (!ca_path.empty()) {
      std::ifstream file(ca_path);
      std::stringstream text;
      text << file.rdbuf();
      if (!file) {
        return Error(absl::StatusCode::kNotFound, "call.invalid_ca",
                     absl::StrCat("The file ", ca_path, " cannot be read."));
      }
      options.pem_root_certs = text.str();
    }
    credentials = grpc::SslCredentials(options);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return grpc::CreateCustomChannel("dns:///" + target, credentials, arguments);
}

absl::Status CallMethod(const std::shared_ptr<grpc::Channel>& channel,
                        const GenericRequest& request,
                        absl::FunctionRef<absl::Status(absl::string_view)> on_message,
                        std::vector<std::pair<std::string, std::string>>* headers) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + request.timeout));
  for (const auto& [name, value] : request.headers) context.AddMetadata(name, value);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, request.path, &queue);
  call->StartCall(nullptr);
  absl::Status broken;
  if (Await(queue)) {
    call->WriteLast(ToBuffer(request.message), grpc::WriteOptions(), nullptr);
    bool going = Await(queue);
    while (going && broken.ok()) {
      grpc::ByteBuffer buffer;
      call->Read(&buffer, nullptr);
      going = Await(queue);
      if (!going) break;
      const absl::StatusOr<std::string> bytes = FromBuffer(buffer);
      broken = bytes.ok() ? on_message(*bytes) : bytes.status();
    }
  }
  if (!broken.ok()) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  Await(queue);
  if (headers != nullptr) {
    for (const auto& [name, value] : context.GetServerInitialMetadata()) {
      headers->emplace_back(std::string(name.data(), name.size()),
                            std::string(value.data(), value.size()));
    }
  }
  queue.Shutdown();
  Await(queue);
  return broken.ok() ? FromGrpc(status) : broken;
}

}  // namespace muniment::gateway
