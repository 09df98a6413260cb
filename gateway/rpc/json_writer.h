// protobuf's JSON mapping, out: lowerCamel names, defaults left out, 64-bit numbers and bytes as
// texts, enums by name. Thread-safe; never throws.
#ifndef MUNIMENT_GATEWAY_RPC_JSON_WRITER_H_
#define MUNIMENT_GATEWAY_RPC_JSON_WRITER_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace muniment::rpc {

// Appends to `out`. INTERNAL "response.malformed" for what the mapping has no form for: a time out
// of range, an Any of unknown type, a Value that is not finite.
absl::Status WriteJson(const google::protobuf::Message& message, std::string& out);

// One field of `message`, as its value stands in the message's object.
absl::Status WriteJsonField(const google::protobuf::Message& message,
                            const google::protobuf::FieldDescriptor* field, std::string& out);

// A quoted JSON text.
void AppendJsonString(absl::string_view text, std::string& out);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_JSON_WRITER_H_
