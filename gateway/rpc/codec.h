// Messages from and to bytes, binary or JSON, with limits. Thread-safe.
#ifndef MUNIMENT_GATEWAY_RPC_CODEC_H_
#define MUNIMENT_GATEWAY_RPC_CODEC_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/rpc/decode_limits.h"

namespace muniment::rpc {

enum class Format { kProto, kJson };

// INVALID_ARGUMENT "request.malformed"; RESOURCE_EXHAUSTED "request.too_many_values", told before
// they are made.
absl::Status ParseMessage(Format format, absl::string_view bytes,
                          google::protobuf::Message& message, const DecodeLimits& limits = {});

// Appends; INTERNAL "response.malformed" for what has no such form (a time out of range in JSON).
absl::Status AppendMessage(Format format, const google::protobuf::Message& message,
                           std::string& out);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_CODEC_H_
