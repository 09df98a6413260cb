#include "gateway/rpc/json_plan.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace muniment::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

WellKnown KindOf(const Descriptor* type) {
  static const auto* kinds = new absl::flat_hash_map<std::string, WellKnown>{
      {"google.protobuf.Timestamp", WellKnown::kTimestamp},
      {"google.protobuf.Duration", WellKnown::kDuration},
      {"google.protobuf.FieldMask", WellKnown::kFieldMask},
      {"google.protobuf.Any", WellKnown::kAny},
      {"google.protobuf.Struct", WellKnown::kStruct},
      {"google.protobuf.Value", WellKnown::kValue},
      {"google.protobuf.ListValue", WellKnown::kListValue},
      {"google.protobuf.DoubleValue", WellKnown::kWrapper},
      {"google.protobuf.FloatValue", WellKnown::kWrapper},
      {"google.protobuf.Int64Value", WellKnown::kWrapper},
      {"google.protobuf.UInt64Value", WellKnown::kWrapper},
      {"google.protobuf.Int32Value", WellKnown::kWrapper},
      {"google.protobuf.UInt32Value", WellKnown::kWrapper},
      {"google.protobuf.BoolValue", WellKnown::kWrapper},
      {"google.protobuf.StringValue", WellKnown::kWrapper},
      {"google.protobuf.BytesValue", WellKnown::kWrapper},
  };
  // Reader and writer cast these to their generated classes.
  if (type->file()->pool() != google::protobuf::DescriptorPool::generated_pool()) {
    return WellKnown::kNone;
  }
  const auto found = kinds->find(type->full_name());
  return found == kinds->end() ? WellKnown::kNone : found->second;
}

bool NullIsValue(const FieldDescriptor* field) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return field->message_type()->full_name() == "google.protobuf.Value";
  }
  return field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM &&
         field->enum_type()->full_name() == "google.protobuf.NullValue";
}

std::unique_ptr<const JsonPlan> Compile(const Descriptor* type) {
  auto plan = std::make_unique<JsonPlan>();
  plan->type = type;
  plan->kind = KindOf(type);
  plan->fields.reserve(static_cast<size_t>(type->field_count()));
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    plan->fields.emplace_back(field);
    plan->by_name.emplace(field->json_name(), static_cast<size_t>(i));
  }
  for (int i = 0; i < type->field_count(); ++i) {
    plan->by_name.emplace(type->field(i)->name(), static_cast<size_t>(i));
  }
  return plan;
}

}  // namespace

JsonField::JsonField(const FieldDescriptor* field)
    : field(field), key(absl::StrCat("\"", field->json_name(), "\":")), index(field->index()),
      is_map(field->is_map()), null_is_value(!field->is_repeated() && NullIsValue(field)) {}

const JsonPlan& JsonField::sub() const {
  const JsonPlan* plan = sub_.load(std::memory_order_acquire);
  if (plan == nullptr) {
    plan = &PlanOf(field->message_type());
    sub_.store(plan, std::memory_order_release);
  }
  return *plan;
}

const JsonPlan& PlanOf(const Descriptor* type) {
  static auto* mu = new absl::Mutex();
  using Plans = absl::flat_hash_map<const Descriptor*, std::unique_ptr<const JsonPlan>>;
  static auto* plans = new Plans();
  {
    absl::ReaderMutexLock lock(mu);
    if (const auto found = plans->find(type); found != plans->end()) return *found->second;
  }
  auto plan = Compile(type);
  absl::MutexLock lock(mu);
  return *plans->try_emplace(type, std::move(plan)).first->second;
}

}  // namespace muniment::rpc
