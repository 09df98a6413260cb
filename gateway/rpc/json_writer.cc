#include "gateway/rpc/json_writer.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/struct.pb.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/rpc/json_plan.h"
#include "gateway/rpc/json_time.h"

namespace muniment::rpc {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// What we hold nests no deeper than what we accept; this only guards the stack.
constexpr int kMaxWriteDepth = 100;

absl::Status NoForm(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, "response.malformed", what);
}

// Eight bytes at once: whether none of them is a control character, a quote or a backslash.
constexpr size_t kWord = sizeof(uint64_t);
constexpr uint64_t kEach = 0x0101010101010101, kHigh = 0x8080808080808080;

bool StandsAsItIs(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, kWord);
  const auto holds = [word](unsigned char byte) {
    const uint64_t zero = word ^ (kEach * byte);
    return (zero - kEach) & ~zero & kHigh;
  };
  const uint64_t control = (word - kEach * 0x20) & ~word & kHigh;
  return (control | holds('"') | holds('\\') | holds(0x7f)) == 0;
}

void AppendDouble(double value, bool single, std::string& out) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    char buffer[40];
    const auto end = single ? std::to_chars(buffer, buffer + 40, static_cast<float>(value))
                            : std::to_chars(buffer, buffer + 40, value);
    out.append(buffer, end.ptr);
  }
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  absl::Status Write(const JsonPlan& plan, const Message& message, int depth);
  absl::Status Field(const JsonField& field, const Message& message, int depth);

 private:
  absl::Status Fields(const JsonPlan& plan, const Message& message, bool first, int depth);
  absl::Status One(const JsonField& field, const Message& message, int at, int depth);
  absl::Status Map(const JsonField& field, const Message& message, int depth);
  absl::Status Key(const FieldDescriptor* field, const Message& entry);
  void Enum(const FieldDescriptor* field, int number);
  absl::Status Mask(const JsonPlan& plan, const Message& message);
  absl::Status Any(const Message& message, int depth);
  absl::Status Value(const google::protobuf::Value& value, int depth);
  absl::Status Struct(const google::protobuf::Struct& value, int depth);
  absl::Status List(const google::protobuf::ListValue& value, int depth);

  std::string& out_;
};

absl::Status Writer::Write(const JsonPlan& plan, const Message& message, int depth) {
  if (depth <= 0) return NoForm("A response nests too deep.");
  const Reflection* reflection = message.GetReflection();
  switch (plan.kind) {
    case WellKnown::kNone: {
      out_ += '{';
      RETURN_IF_ERROR(Fields(plan, message, true, depth));
      out_ += '}';
      return absl::OkStatus();
    }
    case WellKnown::kTimestamp:
    case WellKnown::kDuration: {
      const int64_t seconds = reflection->GetInt64(message, plan.fields[0].field);
      const int32_t nanos = reflection->GetInt32(message, plan.fields[1].field);
      return plan.kind == WellKnown::kTimestamp ? AppendTimestamp(seconds, nanos, out_)
                                                : AppendDuration(seconds, nanos, out_);
    }
    case WellKnown::kWrapper: return One(plan.fields[0], message, -1, depth);
    case WellKnown::kFieldMask: return Mask(plan, message);
    case WellKnown::kAny: return Any(message, depth);
    case WellKnown::kStruct:
      return Struct(static_cast<const google::protobuf::Struct&>(message), depth);
    case WellKnown::kValue:
      return Value(static_cast<const google::protobuf::Value&>(message), depth);
    case WellKnown::kListValue:
      return List(static_cast<const google::protobuf::ListValue&>(message), depth);
  }
  return absl::OkStatus();
}

absl::Status Writer::Fields(const JsonPlan& plan, const Message& message, bool first, int depth) {
  const Reflection* reflection = message.GetReflection();
  for (const JsonField& field : plan.fields) {
    const bool present = field.field->is_repeated()
                             ? reflection->FieldSize(message, field.field) > 0
                             : reflection->HasField(message, field.field);
    if (!present) continue;
    if (!first) out_ += ',';
    first = false;
    out_ += field.key;
    RETURN_IF_ERROR(Field(field, message, depth));
  }
  return absl::OkStatus();
}

absl::Status Writer::Field(const JsonField& field, const Message& message, int depth) {
  if (field.is_map) return Map(field, message, depth);
  if (!field.field->is_repeated()) return One(field, message, -1, depth);
  out_ += '[';
  const int size = message.GetReflection()->FieldSize(message, field.field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) out_ += ',';
    RETURN_IF_ERROR(One(field, message, i, depth));
  }
  out_ += ']';
  return absl::OkStatus();
}

void Writer::Enum(const FieldDescriptor* field, int number) {
  if (field->enum_type()->full_name() == "google.protobuf.NullValue") {
    out_ += "null";
    return;
  }
  const EnumValueDescriptor* value = field->enum_type()->FindValueByNumber(number);
  if (value == nullptr) {
    absl::StrAppend(&out_, number);
  } else {
    absl::StrAppend(&out_, "\"", value->name(), "\"");
  }
}

// One value; `at` is its place in a repeated field, else -1.
absl::Status Writer::One(const JsonField& plan, const Message& message, int at, int depth) {
  const Reflection* r = message.GetReflection();
  const FieldDescriptor* f = plan.field;
  const bool many = at >= 0;
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      absl::StrAppend(&out_, many ? r->GetRepeatedInt32(message, f, at) : r->GetInt32(message, f));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      absl::StrAppend(&out_,
                      many ? r->GetRepeatedUInt32(message, f, at) : r->GetUInt32(message, f));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      absl::StrAppend(&out_, "\"",
                      many ? r->GetRepeatedInt64(message, f, at) : r->GetInt64(message, f), "\"");
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      absl::StrAppend(&out_, "\"",
                      many ? r->GetRepeatedUInt64(message, f, at) : r->GetUInt64(message, f), "\"");
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AppendDouble(many ? r->GetRepeatedDouble(message, f, at) : r->GetDouble(message, f), false,
                   out_);
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      AppendDouble(many ? r->GetRepeatedFloat(message, f, at) : r->GetFloat(message, f), true,
                   out_);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      out_ += (many ? r->GetRepeatedBool(message, f, at) : r->GetBool(message, f)) ? "true"
                                                                                   : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      Enum(f, many ? r->GetRepeatedEnumValue(message, f, at) : r->GetEnumValue(message, f));
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text = many ? r->GetRepeatedStringReference(message, f, at, &scratch)
                                     : r->GetStringReference(message, f, &scratch);
      if (f->type() == FieldDescriptor::TYPE_BYTES) {
        absl::StrAppend(&out_, "\"", absl::Base64Escape(text), "\"");
      } else {
        AppendJsonString(text, out_);
      }
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Write(plan.sub(),
                   many ? r->GetRepeatedMessage(message, f, at) : r->GetMessage(message, f),
                   depth - 1);
  }
  return absl::OkStatus();
}

absl::Status Writer::Key(const FieldDescriptor* field, const Message& entry) {
  const Reflection* r = entry.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::string scratch;
    AppendJsonString(r->GetStringReference(entry, field, &scratch), out_);
    return absl::OkStatus();
  }
  out_ += '"';
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: absl::StrAppend(&out_, r->GetInt32(entry, field)); break;
    case FieldDescriptor::CPPTYPE_UINT32: absl::StrAppend(&out_, r->GetUInt32(entry, field)); break;
    case FieldDescriptor::CPPTYPE_INT64: absl::StrAppend(&out_, r->GetInt64(entry, field)); break;
    case FieldDescriptor::CPPTYPE_UINT64: absl::StrAppend(&out_, r->GetUInt64(entry, field)); break;
    default: out_ += r->GetBool(entry, field) ? "true" : "false"; break;
  }
  out_ += '"';
  return absl::OkStatus();
}

absl::Status Writer::Map(const JsonField& field, const Message& message, int depth) {
  const Reflection* reflection = message.GetReflection();
  const JsonPlan& entries = field.sub();
  out_ += '{';
  const int size = reflection->FieldSize(message, field.field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) out_ += ',';
    const Message& entry = reflection->GetRepeatedMessage(message, field.field, i);
    RETURN_IF_ERROR(Key(entries.fields[0].field, entry));
    out_ += ':';
    RETURN_IF_ERROR(One(entries.fields[1], entry, -1, depth - 1));
  }
  out_ += '}';
  return absl::OkStatus();
}

absl::Status Writer::Mask(const JsonPlan& plan, const Message& message) {
  const Reflection* reflection = message.GetReflection();
  const int size = reflection->FieldSize(message, plan.fields[0].field);
  std::string text;
  for (int i = 0; i < size; ++i) {
    if (i > 0) text += ',';
    std::string scratch;
    bool upper = false;
    for (const char c :
         reflection->GetRepeatedStringReference(message, plan.fields[0].field, i, &scratch)) {
      if (c == '_') {
        upper = true;
      } else {
        text += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        upper = false;
      }
    }
  }
  AppendJsonString(text, out_);
  return absl::OkStatus();
}

absl::Status Writer::Any(const Message& message, int depth) {
  const auto& any = static_cast<const google::protobuf::Any&>(message);
  if (any.type_url().empty() && any.value().empty()) {
    out_ += "{}";
    return absl::OkStatus();
  }
  const std::string name = any.type_url().substr(any.type_url().rfind('/') + 1);
  const auto* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  if (type == nullptr) return NoForm("A response holds an Any of unknown type.");
  const std::unique_ptr<Message> inner(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!inner->ParseFromString(any.value())) return NoForm("A response holds a malformed Any.");
  out_ += "{\"@type\":";
  AppendJsonString(any.type_url(), out_);
  const JsonPlan& plan = PlanOf(type);
  if (plan.kind == WellKnown::kNone) {
    RETURN_IF_ERROR(Fields(plan, *inner, false, depth - 1));
  } else {
    out_ += ",\"value\":";
    RETURN_IF_ERROR(Write(plan, *inner, depth - 1));
  }
  out_ += '}';
  return absl::OkStatus();
}

absl::Status Writer::Value(const google::protobuf::Value& value, int depth) {
  if (depth <= 0) return NoForm("A response nests too deep.");
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      if (!std::isfinite(value.number_value())) return NoForm("A number is not finite.");
      AppendDouble(value.number_value(), false, out_);
      break;
    case google::protobuf::Value::kStringValue: AppendJsonString(value.string_value(), out_); break;
    case google::protobuf::Value::kBoolValue: out_ += value.bool_value() ? "true" : "false"; break;
    case google::protobuf::Value::kStructValue: return Struct(value.struct_value(), depth - 1);
    case google::protobuf::Value::kListValue: return List(value.list_value(), depth - 1);
    default: out_ += "null"; break;
  }
  return absl::OkStatus();
}

absl::Status Writer::Struct(const google::protobuf::Struct& value, int depth) {
  out_ += '{';
  bool first = true;
  for (const auto& [key, member] : value.fields()) {
    if (!first) out_ += ',';
    first = false;
    AppendJsonString(key, out_);
    out_ += ':';
    RETURN_IF_ERROR(Value(member, depth));
  }
  out_ += '}';
  return absl::OkStatus();
}

absl::Status Writer::List(const google::protobuf::ListValue& value, int depth) {
  out_ += '[';
  bool first = true;
  for (const auto& member : value.values()) {
    if (!first) out_ += ',';
    first = false;
    RETURN_IF_ERROR(Value(member, depth));
  }
  out_ += ']';
  return absl::OkStatus();
}

}  // namespace

void AppendJsonString(absl::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    while (i + kWord <= text.size() && StandsAsItIs(text.data() + i)) i += kWord;
    if (i == text.size()) break;
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) continue;
    out.append(text.data() + plain, i - plain);
    plain = i + 1;
    switch (byte) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
  }
  out.append(text.data() + plain, text.size() - plain);
  out += '"';
}

absl::Status WriteJson(const Message& message, std::string& out) {
  return Writer(out).Write(PlanOf(message.GetDescriptor()), message, kMaxWriteDepth);
}

absl::Status WriteJsonField(const Message& message, const FieldDescriptor* field,
                            std::string& out) {
  const JsonPlan& plan = PlanOf(message.GetDescriptor());
  return Writer(out).Field(plan.fields[static_cast<size_t>(field->index())], message,
                           kMaxWriteDepth);
}

}  // namespace muniment::rpc
