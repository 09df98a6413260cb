#include "gateway/rpc/codec.h"

#include <google/protobuf/io/coded_stream.h>

#include "base/error.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/json_writer.h"
#include "gateway/rpc/wire_scan.h"

namespace muniment::rpc {

absl::Status ParseMessage(Format format, absl::string_view bytes,
                          google::protobuf::Message& message, const DecodeLimits& limits) {
  if (format == Format::kJson) return ReadJson(bytes, message, limits);
  // A value takes a byte at least.
  if (bytes.size() > limits.values) {
    RETURN_IF_ERROR(ScanWire(message.GetDescriptor(), bytes, limits));
  }
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  in.SetRecursionLimit(limits.depth);
  if (!message.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage()) {
    return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                 "The request is not a valid protobuf message.");
  }
  return absl::OkStatus();
}

absl::Status AppendMessage(Format format, const google::protobuf::Message& message,
                           std::string& out) {
  if (format == Format::kJson) return WriteJson(message, out);
  if (!message.AppendToString(&out)) {
    return Error(absl::StatusCode::kInternal, "response.malformed",
                 "The response cannot be serialized.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::rpc
