#include "query/admin/event_payload.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "muniment/options.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Timestamp;

void Fill(const Message& message, Struct* out);

// `index` < 0: the field is not repeated.
void FillValue(const Message& message, const FieldDescriptor* field, int index,
               google::protobuf::Value* out) {
  const auto* r = message.GetReflection();
  const bool repeated = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = repeated ? r->GetRepeatedString(message, field, index)
                                  : r->GetString(message, field);
      if (field->type() == FieldDescriptor::TYPE_BYTES) text = absl::Base64Escape(text);
      out->set_string_value(std::move(text));
      return;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      out->set_bool_value(repeated ? r->GetRepeatedBool(message, field, index)
                                   : r->GetBool(message, field));
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      out->set_string_value(
          (repeated ? r->GetRepeatedEnum(message, field, index) : r->GetEnum(message, field))
              ->name());
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& value = repeated ? r->GetRepeatedMessage(message, field, index)
                                      : r->GetMessage(message, field);
      if (value.GetDescriptor() == Timestamp::descriptor()) {
        out->set_string_value(google::protobuf::util::TimeUtil::ToString(
            static_cast<const Timestamp&>(value)));
      } else {
        Fill(value, out->mutable_struct_value());
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      out->set_number_value(repeated ? r->GetRepeatedUInt32(message, field, index)
                                     : r->GetUInt32(message, field));
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      out->set_number_value(static_cast<double>(
          repeated ? r->GetRepeatedUInt64(message, field, index) : r->GetUInt64(message, field)));
      return;
    case FieldDescriptor::CPPTYPE_INT32:
      out->set_number_value(repeated ? r->GetRepeatedInt32(message, field, index)
                                     : r->GetInt32(message, field));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      out->set_number_value(static_cast<double>(
          repeated ? r->GetRepeatedInt64(message, field, index) : r->GetInt64(message, field)));
      return;
    default:
      out->set_number_value(repeated ? r->GetRepeatedDouble(message, field, index)
                                     : r->GetDouble(message, field));
  }
}

void Fill(const Message& message, Struct* out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->options().GetExtension(secret)) continue;
    auto& value = (*out->mutable_fields())[field->json_name()];
    if (!field->is_repeated()) {
      FillValue(message, field, -1, &value);
      continue;
    }
    auto* list = value.mutable_list_value();
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      FillValue(message, field, i, list->add_values());
    }
  }
}

}  // namespace

Struct EventPayload(const Message& event) {
  Struct payload;
  const auto* kind = event.GetReflection()->GetOneofFieldDescriptor(
      event, event.GetDescriptor()->oneof_decl(0));
  if (kind != nullptr) Fill(event.GetReflection()->GetMessage(event, kind), &payload);
  return payload;
}

}  // namespace muniment::query
