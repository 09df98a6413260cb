#include "gateway/rpc/json_reader.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "gateway/rpc/json_plan.h"
#include "gateway/rpc/json_scalar.h"
#include "gateway/rpc/json_scan.h"
#include "gateway/rpc/json_time.h"

namespace muniment::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class Reader {
 public:
  Reader(absl::string_view json, const DecodeLimits& limits)
      : scan_(json), limits_(limits), left_(limits.values) {}

  bool Whole(const JsonPlan& plan, Message& message) {
    return Read(plan, message, limits_.depth) &&
           (scan_.AtEnd() || scan_.Fail("more than one value"));
  }
  bool WholeField(const JsonField& field, Message& message) {
    return (Field(field, message, limits_.depth) || Within(field.field->json_name())) &&
           (scan_.AtEnd() || scan_.Fail("more than one value"));
  }
  absl::Status Error() const {
    if (too_many_) return TooManyValues(limits_);
    absl::Status status = muniment::Error(
        absl::StatusCode::kInvalidArgument, "request.malformed",
        absl::StrCat("The request's JSON is not valid: ", path_, path_.empty() ? "" : ": ",
                     scan_.error(), "."));
    if (!path_.empty()) SetErrorFact(status, "field", path_);
    return status;
  }

 private:
  bool Read(const JsonPlan& plan, Message& message, int depth);
  bool Object(const JsonPlan& plan, Message& message, int depth, bool skip_type);
  bool Field(const JsonField& field, Message& message, int depth);
  bool One(const JsonField& field, Message& message, int depth);
  bool Scalar(const FieldDescriptor* field, Message& message);
  bool Map(const JsonField& field, Message& message, int depth);
  bool Key(const FieldDescriptor* field, Message& entry);
  bool Time(const JsonPlan& plan, Message& message);
  bool Mask(const JsonPlan& plan, Message& message);
  bool Any(Message& message, int depth);
  bool AnyType(std::string& url, int depth);
  bool AnyValue(const JsonPlan& plan, Message& message, int depth);
  bool Value(google::protobuf::Value& value, int depth);
  bool Struct(google::protobuf::Struct& value, int depth);
  bool List(google::protobuf::ListValue& value, int depth);
  // The value that starts there is none of the field's. What it is stays unsaid, for it may be a
  // secret.
  bool NotA(const FieldDescriptor* field, size_t start) {
    return scan_.FailAt(start, absl::StrCat("expected ", Expected(field)));
  }
  bool Opens(char bracket, absl::string_view expected) {
    return scan_.Consume(bracket) || scan_.Fail(absl::StrCat("expected ", expected));
  }
  // Where a fault is, told from the inside out.
  bool Within(absl::string_view name) {
    path_ = absl::StrCat(name, path_.empty() || path_[0] == '[' ? "" : ".", path_);
    return false;
  }
  // A name is no secret, unless it is something else than a name.
  bool Unknown() {
    scan_.Fail("there is no such field");
    const bool name = text_.size() <= 40 && std::all_of(text_.begin(), text_.end(), [](char c) {
      return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
    });
    return Within(name && !text_.empty() ? text_ : std::string("?"));
  }
  bool Spend() {
    too_many_ = left_ == 0;
    if (!too_many_) --left_;
    return !too_many_;
  }

  JsonScan scan_;
  const DecodeLimits limits_;
  size_t left_;
  bool too_many_ = false;
  std::string text_;
  std::string path_;  // of the fault: "profile.given_name", "queries[2].id"
};

bool Reader::Read(const JsonPlan& plan, Message& message, int depth) {
  if (depth <= 0) return scan_.Fail("too deep a nesting");
  switch (plan.kind) {
    case WellKnown::kNone: return Object(plan, message, depth, false);
    case WellKnown::kTimestamp:
    case WellKnown::kDuration: return Time(plan, message);
    case WellKnown::kFieldMask: return Mask(plan, message);
    case WellKnown::kWrapper: return Scalar(plan.fields[0].field, message);
    case WellKnown::kAny: return Any(message, depth);
    case WellKnown::kStruct: return Struct(static_cast<google::protobuf::Struct&>(message), depth);
    case WellKnown::kValue: return Value(static_cast<google::protobuf::Value&>(message), depth);
    case WellKnown::kListValue:
      return List(static_cast<google::protobuf::ListValue&>(message), depth);
  }
  return false;
}

bool Reader::Object(const JsonPlan& plan, Message& message, int depth, bool skip_type) {
  if (!Opens('{', "an object")) return false;
  if (scan_.Consume('}')) return true;
  uint64_t few = 0;
  std::vector<bool> many(plan.fields.size() > 64 ? plan.fields.size() : 0);
  do {
    if (!scan_.String(text_) || !scan_.Expect(':')) return false;
    const auto found = plan.by_name.find(text_);
    if (found == plan.by_name.end() || (skip_type && text_ == "@type")) {
      if (limits_.known_only) return Unknown();
      if (!scan_.Skip(depth - 1)) return false;
      continue;
    }
    const JsonField& field = plan.fields[found->second];
    if (scan_.Peek() == 'n' && !field.null_is_value) {
      if (!scan_.Word("null")) return false;
      continue;
    }
    const auto at = found->second;
    const bool seen = many.empty() ? (few >> at & 1) != 0 : many[at];
    const auto* oneof = field.field->containing_oneof();
    if (seen || (oneof != nullptr && message.GetReflection()->HasOneof(message, oneof))) {
      scan_.Fail(seen ? "a second value" : "a second value of those that exclude each other");
      return Within(field.field->json_name());
    }
    many.empty() ? void(few |= uint64_t{1} << at) : void(many[at] = true);
    if (!Field(field, message, depth)) return Within(field.field->json_name());
  } while (scan_.Consume(','));
  return scan_.Expect('}');
}

bool Reader::Field(const JsonField& field, Message& message, int depth) {
  if (field.is_map) return Map(field, message, depth);
  if (!field.field->is_repeated()) return One(field, message, depth);
  if (depth <= 1) return scan_.Fail("too deep a nesting");
  if (!Opens('[', "a list")) return false;
  if (scan_.Consume(']')) return true;
  size_t index = 0;
  do {
    if (!One(field, message, depth - 1)) return Within(absl::StrCat("[", index, "]"));
    ++index;
  } while (scan_.Consume(','));
  return scan_.Expect(']');
}

bool Reader::One(const JsonField& field, Message& message, int depth) {
  if (!Spend()) return false;
  if (field.field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return Scalar(field.field, message);
  }
  const Reflection* reflection = message.GetReflection();
  Message* sub = field.field->is_repeated() ? reflection->AddMessage(&message, field.field)
                                            : reflection->MutableMessage(&message, field.field);
  return Read(field.sub(), *sub, depth - 1);
}

bool Reader::Scalar(const FieldDescriptor* field, Message& message) {
  const char next = scan_.Peek();
  const size_t start = scan_.position();
  if (next == '"') {
    if (!scan_.String(text_)) return false;
    const auto type = field->cpp_type();
    const bool good =
        type == FieldDescriptor::CPPTYPE_STRING ? SetString(std::move(text_), field, message)
        : type == FieldDescriptor::CPPTYPE_ENUM ? SetEnum(text_, field, message)
                                                : SetNumber(text_, true, field, message);
    return good || NotA(field, start);
  }
  if (next == 't' || next == 'f') {
    return scan_.Word(next == 't' ? "true" : "false") &&
           (SetBool(next == 't', field, message) || NotA(field, start));
  }
  if (next == 'n' && field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM &&
      field->enum_type()->full_name() == "google.protobuf.NullValue") {
    return scan_.Word("null") && SetNumber("0", false, field, message);
  }
  if (next != '-' && (next < '0' || next > '9')) return NotA(field, start);
  absl::string_view number;
  return scan_.Number(number) && (SetNumber(number, false, field, message) || NotA(field, start));
}

bool Reader::Key(const FieldDescriptor* field, Message& entry) {
  scan_.Peek();
  const size_t start = scan_.position();
  if (!scan_.String(text_)) return false;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return SetString(std::move(text_), field, entry);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text_ != "true" && text_ != "false") return NotA(field, start);
      return SetBool(text_ == "true", field, entry);
    default: return SetNumber(text_, true, field, entry) || NotA(field, start);
  }
}

bool Reader::Map(const JsonField& field, Message& message, int depth) {
  if (depth <= 1) return scan_.Fail("too deep a nesting");
  if (!Opens('{', "an object")) return false;
  if (scan_.Consume('}')) return true;
  const JsonPlan& entries = field.sub();
  do {
    Message* entry = message.GetReflection()->AddMessage(&message, field.field);
    if (!Key(entries.fields[0].field, *entry) || !scan_.Expect(':')) return false;
    const JsonField& value = entries.fields[1];
    if (scan_.Peek() == 'n' && !value.null_is_value) return NotA(value.field, scan_.position());
    if (!One(value, *entry, depth - 1)) return false;
  } while (scan_.Consume(','));
  return scan_.Expect('}');
}

bool Reader::Time(const JsonPlan& plan, Message& message) {
  const char* expected = plan.kind == WellKnown::kTimestamp
                             ? "expected a time, as \"2024-03-01T12:00:00Z\""
                             : "expected a duration, as \"1.5s\"";
  if (scan_.Peek() != '"') return scan_.Fail(expected);
  const size_t start = scan_.position();
  if (!scan_.String(text_)) return false;
  int64_t seconds;
  int32_t nanos;
  const bool good = plan.kind == WellKnown::kTimestamp ? ParseTimestamp(text_, seconds, nanos)
                                                       : ParseDuration(text_, seconds, nanos);
  if (!good) return scan_.FailAt(start, expected);
  message.GetReflection()->SetInt64(&message, plan.fields[0].field, seconds);
  message.GetReflection()->SetInt32(&message, plan.fields[1].field, nanos);
  return true;
}

bool Reader::Mask(const JsonPlan& plan, Message& message) {
  static constexpr char kExpected[] = "expected names of fields, as \"givenName,email\"";
  if (scan_.Peek() != '"') return scan_.Fail(kExpected);
  const size_t start = scan_.position();
  if (!scan_.String(text_)) return false;
  if (text_.empty()) return true;
  for (absl::string_view path : absl::StrSplit(text_, ',')) {
    if (!Spend()) return false;
    std::string snake;
    for (const char c : path) {
      if (c == '_') return scan_.FailAt(start, kExpected);
      if (c >= 'A' && c <= 'Z') {
        snake += '_';
        snake += static_cast<char>(c + 32);
      } else {
        snake += c;
      }
    }
    message.GetReflection()->AddString(&message, plan.fields[0].field, std::move(snake));
  }
  return true;
}

// The type may stand anywhere in the object, so it is looked for first.
bool Reader::AnyType(std::string& url, int depth) {
  const size_t start = scan_.position();
  if (!scan_.Expect('{')) return false;
  if (!scan_.Consume('}')) {
    do {
      std::string key;
      if (!scan_.String(key) || !scan_.Expect(':')) return false;
      if (key == "@type") {
        if (!url.empty() || !scan_.String(url)) return scan_.Fail("a bad @type");
      } else if (!scan_.Skip(depth)) {
        return false;
      }
    } while (scan_.Consume(','));
    if (!scan_.Expect('}')) return false;
    if (url.empty()) return scan_.Fail("an Any without @type");
  }
  if (!url.empty()) scan_.Seek(start);
  return true;
}

bool Reader::AnyValue(const JsonPlan& plan, Message& message, int depth) {
  if (plan.kind == WellKnown::kNone) return Object(plan, message, depth, true);
  if (!scan_.Expect('{')) return false;
  bool seen = false;
  do {
    if (!scan_.String(text_) || !scan_.Expect(':')) return false;
    if (text_ == "value" && !seen) {
      seen = true;
      if (!Read(plan, message, depth - 1)) return false;
    } else if (!scan_.Skip(depth)) {
      return false;
    }
  } while (scan_.Consume(','));
  return scan_.Expect('}');
}

bool Reader::Any(Message& message, int depth) {
  auto& any = static_cast<google::protobuf::Any&>(message);
  std::string url;
  scan_.Peek();
  if (!AnyType(url, depth - 1)) return false;
  if (url.empty()) return true;
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
      url.substr(url.rfind('/') + 1));
  if (type == nullptr || url.rfind('/') == std::string::npos) {
    return scan_.Fail("an Any of unknown type");
  }
  const std::unique_ptr<Message> inner(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!AnyValue(PlanOf(type), *inner, depth - 1)) return false;
  any.set_type_url(url);
  inner->SerializeToString(any.mutable_value());
  return true;
}

bool Reader::Value(google::protobuf::Value& value, int depth) {
  if (!Spend()) return false;
  if (depth <= 0) return scan_.Fail("too deep a nesting");
  switch (scan_.Peek()) {
    case '"': return scan_.String(*value.mutable_string_value());
    case 't':
      value.set_bool_value(true);
      return scan_.Word("true");
    case 'f':
      value.set_bool_value(false);
      return scan_.Word("false");
    case 'n':
      value.set_null_value(google::protobuf::NULL_VALUE);
      return scan_.Word("null");
    case '{': return Struct(*value.mutable_struct_value(), depth - 1);
    case '[': return List(*value.mutable_list_value(), depth - 1);
    default: break;
  }
  absl::string_view number;
  const size_t start = scan_.position();
  const auto* field = value.GetDescriptor()->FindFieldByNumber(
      google::protobuf::Value::kNumberValueFieldNumber);
  return scan_.Number(number) && (SetNumber(number, false, field, value) || NotA(field, start));
}

bool Reader::Struct(google::protobuf::Struct& value, int depth) {
  if (depth <= 0) return scan_.Fail("too deep a nesting");
  if (!scan_.Expect('{')) return false;
  if (scan_.Consume('}')) return true;
  do {
    std::string key;
    if (!scan_.String(key) || !scan_.Expect(':')) return false;
    google::protobuf::Value& member = (*value.mutable_fields())[key];
    if (member.kind_case() != google::protobuf::Value::KIND_NOT_SET) {
      return scan_.Fail("a second value for a key");
    }
    if (!Value(member, depth)) return false;
  } while (scan_.Consume(','));
  return scan_.Expect('}');
}

bool Reader::List(google::protobuf::ListValue& value, int depth) {
  if (depth <= 0) return scan_.Fail("too deep a nesting");
  if (!scan_.Expect('[')) return false;
  if (scan_.Consume(']')) return true;
  do {
    if (!Value(*value.add_values(), depth)) return false;
  } while (scan_.Consume(','));
  return scan_.Expect(']');
}

}  // namespace

absl::Status ReadJson(absl::string_view json, Message& message, const DecodeLimits& limits) {
  Reader reader(json, limits);
  if (!reader.Whole(PlanOf(message.GetDescriptor()), message)) return reader.Error();
  return absl::OkStatus();
}

absl::Status ReadJsonField(absl::string_view json, const FieldDescriptor* field, Message& message,
                           const DecodeLimits& limits) {
  Reader reader(json, limits);
  const JsonPlan& plan = PlanOf(message.GetDescriptor());
  const JsonField& wanted = plan.fields[static_cast<size_t>(field->index())];
  if (!reader.WholeField(wanted, message)) {
    return reader.Error();
  }
  return absl::OkStatus();
}

namespace {

std::string ExpectedInUrl(const FieldDescriptor* field) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return field->type() == FieldDescriptor::TYPE_BYTES ? "base64" : "text in UTF-8";
  }
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return Expected(field);
  return absl::StrCat("a ", field->message_type()->name(), " that stands in one text");
}

}  // namespace

absl::Status ReadTextField(absl::string_view text, const FieldDescriptor* field,
                           Message& message) {
  const auto bad = Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                         absl::StrCat("The URL's ", field->json_name(), " is not ",
                                      ExpectedInUrl(field), "."));
  if (!IsUtf8(text)) return bad;
  bool good = false;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      good = SetString(std::string(text), field, message);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      good = (text == "true" || text == "false") && SetBool(text == "true", field, message);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      good = SetEnum(text, field, message) || SetNumber(text, true, field, message);
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const JsonPlan& plan = PlanOf(field->message_type());
      const Reflection* reflection = message.GetReflection();
      if (field->is_map() || plan.kind == WellKnown::kNone) return bad;
      Message* sub = field->is_repeated() ? reflection->AddMessage(&message, field)
                                          : reflection->MutableMessage(&message, field);
      if (plan.kind == WellKnown::kWrapper) {
        return ReadTextField(text, plan.fields[0].field, *sub);
      }
      std::string json;
      json.reserve(text.size() + 2);
      if (text.find_first_of("\"\\") != absl::string_view::npos) return bad;
      absl::StrAppend(&json, "\"", text, "\"");
      good = ReadJson(json, *sub, {.depth = 2}).ok();
      break;
    }
    default: good = SetNumber(text, true, field, message); break;
  }
  return good ? absl::OkStatus() : bad;
}

}  // namespace muniment::rpc
