// One scalar of JSON's mapping, from its text, into a field. Each returns false for what is no such
// value.
#ifndef MUNIMENT_GATEWAY_RPC_JSON_SCALAR_H_
#define MUNIMENT_GATEWAY_RPC_JSON_SCALAR_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"

namespace muniment::rpc {

// What a value of the field is, for people: "a text", "true or false".
std::string Expected(const google::protobuf::FieldDescriptor* field);

// Numbers, booleans and enums; `quoted` when the text stood in quotes. Sets, or adds to a repeated
// field.
bool SetNumber(absl::string_view text, bool quoted, const google::protobuf::FieldDescriptor* field,
               google::protobuf::Message& message);
bool SetEnum(absl::string_view name, const google::protobuf::FieldDescriptor* field,
             google::protobuf::Message& message);
bool SetBool(bool value, const google::protobuf::FieldDescriptor* field,
             google::protobuf::Message& message);
// A string (UTF-8 is checked by the caller) or bytes (base64).
bool SetString(std::string text, const google::protobuf::FieldDescriptor* field,
               google::protobuf::Message& message);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_JSON_SCALAR_H_
