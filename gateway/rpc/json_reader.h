// protobuf's JSON mapping, in: camel or proto names, 64-bit numbers as texts or numbers, enums by
// name or number, bytes in either base64 alphabet, padded or not. Unknown fields are ignored, as in
// binary, but where DecodeLimits say otherwise; a field given twice, or two members of one oneof, is
// refused, and so is an unknown enum name. Thread-safe; never throws.
#ifndef MUNIMENT_GATEWAY_RPC_JSON_READER_H_
#define MUNIMENT_GATEWAY_RPC_JSON_READER_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/rpc/decode_limits.h"

namespace muniment::rpc {

// Merges `json` into `message`, which is empty. INVALID_ARGUMENT "request.malformed" says what was
// expected, in which field (also its fact "field") and at which byte, and nothing of what stood
// there, which may be a secret; RESOURCE_EXHAUSTED "request.too_many_values" at the first value too
// many; `message` is then of no use.
absl::Status ReadJson(absl::string_view json, google::protobuf::Message& message,
                      const DecodeLimits& limits = {});

// `json` as the value of one field.
absl::Status ReadJsonField(absl::string_view json, const google::protobuf::FieldDescriptor* field,
                           google::protobuf::Message& message, const DecodeLimits& limits = {});

// A bare text, of a URL, as the value of one field; an element is added to a repeated field. Also
// messages whose JSON is a text, number or bool (times, wrappers, masks).
absl::Status ReadTextField(absl::string_view text, const google::protobuf::FieldDescriptor* field,
                           google::protobuf::Message& message);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_JSON_READER_H_
