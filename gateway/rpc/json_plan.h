// What the JSON reader and writer know of a message type, compiled from its descriptor once: names,
// order, which well-known form it has.
//
// PlanOf is thread-safe; plans live forever, so descriptors must too (the generated pool's do).
#ifndef MUNIMENT_GATEWAY_RPC_JSON_PLAN_H_
#define MUNIMENT_GATEWAY_RPC_JSON_PLAN_H_

#include <google/protobuf/descriptor.h>

#include <atomic>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace muniment::rpc {

enum class WellKnown {
  kNone, kTimestamp, kDuration, kFieldMask, kAny, kStruct, kValue, kListValue, kWrapper
};

struct JsonPlan;

struct JsonField {
  const google::protobuf::FieldDescriptor* field;
  std::string key;  // "\"camelName\":"
  int index;        // within the message
  bool is_map;
  bool null_is_value;  // null is a value of its own: Value and NullValue

  // The plan of the field's message type; for a map of its entries.
  const JsonPlan& sub() const;

 private:
  mutable std::atomic<const JsonPlan*> sub_{nullptr};

 public:
  explicit JsonField(const google::protobuf::FieldDescriptor* field);
  JsonField(JsonField&& other) noexcept
      : field(other.field), key(std::move(other.key)), index(other.index), is_map(other.is_map),
        null_is_value(other.null_is_value), sub_(other.sub_.load()) {}
};

struct JsonPlan {
  const google::protobuf::Descriptor* type;
  WellKnown kind;
  std::vector<JsonField> fields;                              // in the order of declaration
  absl::flat_hash_map<absl::string_view, size_t> by_name;    // JSON and proto names
};

const JsonPlan& PlanOf(const google::protobuf::Descriptor* type);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_JSON_PLAN_H_
