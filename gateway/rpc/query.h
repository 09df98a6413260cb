// The query of a URL, and fields found by dotted paths. Pure functions.
#ifndef MUNIMENT_GATEWAY_RPC_QUERY_H_
#define MUNIMENT_GATEWAY_RPC_QUERY_H_

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment::rpc {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// "a=1&b=x%20y" decoded, in order; INVALID_ARGUMENT "request.malformed" at a bad escape or past
// 500 parameters.
absl::StatusOr<Parameters> ParseQuery(absl::string_view query);

// The fields from `type` to the end of "user.profile.nick_name" (JSON names do as well); empty when
// there is no such path.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;
FieldPath FindPath(const google::protobuf::Descriptor* type, absl::string_view path);

// The message that holds the path's last field.
google::protobuf::Message& Descend(const FieldPath& path, google::protobuf::Message& message);

// Puts a text into the field at the path's end; a field that is set already, and a second member
// of a oneof, are refused with INVALID_ARGUMENT "request.malformed".
absl::Status SetPath(const FieldPath& path, absl::string_view text,
                     google::protobuf::Message& message);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_QUERY_H_
