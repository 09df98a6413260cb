#include "tests/gateway_rpc/random_message.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <limits>
#include <string>

#include "muniment/testing/echo.pb.h"

namespace muniment::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Random = std::mt19937_64;

std::string Text(Random& random) {
  static const char* const kPieces[] = {"a", "Z", "0", " ", "\"", "\\", "/", "<", "\n", "\t",
                                        "\x01", "\x7f", "é", "ß", "☺", "😈", "\u2028", "_", "\b"};
  std::string out;
  for (size_t n = random() % 8; n > 0; --n) out += kPieces[random() % std::size(kPieces)];
  return out;
}

double Real(Random& random) {
  switch (random() % 8) {
    case 0: return 0;
    case 1: return -0.5;
    case 2: return 1e300;
    case 3: return std::numeric_limits<double>::infinity();
    case 4: return -std::numeric_limits<double>::infinity();
    case 5: return static_cast<double>(random() % 100000);
    case 6: return 5e-324;
    default: return static_cast<double>(static_cast<int64_t>(random())) / 1e9;
  }
}

template <typename T>
T Whole(Random& random) {
  switch (random() % 4) {
    case 0: return std::numeric_limits<T>::max();
    case 1: return std::numeric_limits<T>::min();
    case 2: return static_cast<T>(random() % 3);
    default: return static_cast<T>(random());
  }
}

void RandomValue(Random& random, int depth, google::protobuf::Value& value) {
  switch (random() % (depth > 0 ? 6 : 4)) {
    case 0: value.set_null_value(google::protobuf::NULL_VALUE); break;
    case 1: value.set_bool_value(random() % 2 != 0); break;
    case 2: value.set_number_value(static_cast<double>(random() % 1000000) / 64); break;
    case 3: value.set_string_value(Text(random)); break;
    case 4:
      for (size_t n = random() % 3; n > 0; --n) {
        RandomValue(random, depth - 1, (*value.mutable_struct_value()->mutable_fields())[Text(random)]);
      }
      value.mutable_struct_value();
      break;
    default:
      value.mutable_list_value();
      for (size_t n = random() % 3; n > 0; --n) {
        RandomValue(random, depth - 1, *value.mutable_list_value()->add_values());
      }
  }
}

// True for a well-known type, which is then filled.
bool WellKnown(Random& random, int depth, Message& message) {
  const std::string& name = message.GetDescriptor()->full_name();
  if (name == "google.protobuf.Timestamp") {
    auto& time = static_cast<google::protobuf::Timestamp&>(message);
    time.set_seconds(static_cast<int64_t>(random() % 315537897600) - 62135596800);
    time.set_nanos(static_cast<int32_t>(random() % 1000) * (random() % 2 != 0 ? 1000000 : 1));
  } else if (name == "google.protobuf.Duration") {
    auto& span = static_cast<google::protobuf::Duration&>(message);
    const int sign = random() % 2 != 0 ? 1 : -1;
    span.set_seconds(sign * static_cast<int64_t>(random() % 1000));
    span.set_nanos(sign * static_cast<int32_t>(random() % 1000000000));
  } else if (name == "google.protobuf.FieldMask") {
    auto& mask = static_cast<google::protobuf::FieldMask&>(message);
    for (size_t n = random() % 3; n > 0; --n) mask.add_paths("some_field.inner_name");
  } else if (name == "google.protobuf.Value") {
    RandomValue(random, depth, static_cast<google::protobuf::Value&>(message));
  } else if (name == "google.protobuf.Struct") {
    auto& fields = *static_cast<google::protobuf::Struct&>(message).mutable_fields();
    for (size_t n = random() % 3; n > 0; --n) RandomValue(random, depth, fields[Text(random)]);
  } else if (name == "google.protobuf.ListValue") {
    auto& list = static_cast<google::protobuf::ListValue&>(message);
    for (size_t n = random() % 3; n > 0; --n) RandomValue(random, depth, *list.add_values());
  } else if (name == "google.protobuf.Any") {
    auto& any = static_cast<google::protobuf::Any&>(message);
    testing::Everything::Nested nested;
    google::protobuf::Timestamp time;
    WellKnown(random, 0, time);
    nested.set_name(Text(random));
    random() % 2 != 0 ? any.PackFrom(nested) : any.PackFrom(time);
  } else {
    return false;
  }
  return true;
}

void Scalar(Random& random, const FieldDescriptor* f, Message& m) {
  const auto* r = m.GetReflection();
  const bool many = f->is_repeated();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto v = Whole<int32_t>(random);
      many ? r->AddInt32(&m, f, v) : r->SetInt32(&m, f, v);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto v = Whole<uint32_t>(random);
      many ? r->AddUInt32(&m, f, v) : r->SetUInt32(&m, f, v);
      break;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const auto v = Whole<int64_t>(random);
      many ? r->AddInt64(&m, f, v) : r->SetInt64(&m, f, v);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto v = Whole<uint64_t>(random);
      many ? r->AddUInt64(&m, f, v) : r->SetUInt64(&m, f, v);
      break;
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
      many ? r->AddDouble(&m, f, Real(random)) : r->SetDouble(&m, f, Real(random));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const auto v = static_cast<float>(random() % 100000) / 7;
      many ? r->AddFloat(&m, f, v) : r->SetFloat(&m, f, v);
      break;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      many ? r->AddBool(&m, f, random() % 2 != 0) : r->SetBool(&m, f, random() % 2 != 0);
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = f->enum_type()->full_name() == "google.protobuf.NullValue"
                             ? 0
                             : static_cast<int>(random() % 5);
      many ? r->AddEnumValue(&m, f, number) : r->SetEnumValue(&m, f, number);
      break;
    }
    default:
      many ? r->AddString(&m, f, Text(random)) : r->SetString(&m, f, Text(random));
  }
}

}  // namespace

void Randomize(Random& random, int depth, Message& message) {
  if (WellKnown(random, depth, message)) return;
  const auto* reflection = message.GetReflection();
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (random() % 3 != 0) continue;
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_message && depth <= 0) continue;
    for (size_t n = field->is_repeated() ? random() % 3 : 1; n > 0; --n) {
      if (!is_message) {
        Scalar(random, field, message);
      } else if (field->is_map()) {
        Message* entry = reflection->AddMessage(&message, field);
        Randomize(random, depth - 1, *entry);
        // An entry without a value has none in JSON either.
        const auto* value = field->message_type()->map_value();
        if (value->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          entry->GetReflection()->MutableMessage(entry, value);
        }
      } else {
        Randomize(random, depth - 1,
                  field->is_repeated() ? *reflection->AddMessage(&message, field)
                                       : *reflection->MutableMessage(&message, field));
      }
    }
  }
}

}  // namespace muniment::rpc
