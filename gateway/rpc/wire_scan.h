// Counts the values that a binary message holds before any of them is made, by walking over its
// bytes (protobuf's encoding page): some nanoseconds a value, where making one costs up to a hundred.
// Thread-safe.
#ifndef MUNIMENT_GATEWAY_RPC_WIRE_SCAN_H_
#define MUNIMENT_GATEWAY_RPC_WIRE_SCAN_H_

#include <google/protobuf/descriptor.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/rpc/decode_limits.h"

namespace muniment::rpc {

// OK for a message within `limits`; that of TooManyValues; INVALID_ARGUMENT "request.malformed" for
// bytes that no parser takes. Unknown fields count: they are kept with the message.
absl::Status ScanWire(const google::protobuf::Descriptor* type, absl::string_view bytes,
                      const DecodeLimits& limits);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_WIRE_SCAN_H_
