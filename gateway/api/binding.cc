#include "gateway/api/binding.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "muniment/binding_options.pb.h"
#include "muniment/options.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;

constexpr absl::string_view kCaller = "{caller}";

absl::Status Misfit(const MethodDescriptor& method, absl::string_view what) {
  return Error(absl::StatusCode::kInternal, "api.binding",
               absl::StrCat(method.full_name(), ": ", what));
}

const Message& PrototypeOf(const Descriptor* type) {
  return *MessageFactory::generated_factory()->GetPrototype(type);
}

// Instead of printing what it finds.
class Silent : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string& what) override {
    first = first.empty() ? what : first;
  }
  std::string first;
};

// Texts "{caller}" anywhere in the message become the caller's id.
void PutCaller(const std::string& id, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) PutCaller(id, *reflection.MutableMessage(&message, field));
      for (int i = 0; i < size; ++i) {
        PutCaller(id, *reflection.MutableRepeatedMessage(&message, field, i));
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (!field->is_repeated() && reflection.GetString(message, field) == kCaller) {
        reflection.SetString(&message, field, id);
      }
      for (int i = 0; i < size; ++i) {
        if (reflection.GetRepeatedString(message, field, i) != kCaller) continue;
        reflection.SetRepeatedString(&message, field, i, id);
      }
    }
  }
}

}  // namespace

absl::Status Binding::ReadWith(const MethodDescriptor& method) {
  Silent errors;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  const std::string& text = method.options().GetExtension(muniment::binds).with();
  return parser.ParseFromString(text, with_.get()) ? absl::OkStatus()
                                                   : Misfit(method, errors.first);
}

absl::Status Binding::CheckWhole(const MethodDescriptor& method) const {
  const auto& leaves = method.options().GetExtension(muniment::binds).leaves();
  const Descriptor& request = *with_->GetDescriptor();
  std::vector<const FieldDescriptor*> said;
  with_->GetReflection()->ListFields(*with_, &said);
  said.insert(said.end(), request_map_->covered().begin(), request_map_->covered().end());
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    const bool left = std::find(leaves.begin(), leaves.end(), field->name()) != leaves.end();
    if (left || !field->options().GetExtension(limit).required()) continue;
    if (std::find(said.begin(), said.end(), field) == said.end()) {
      return Misfit(method, absl::StrCat("nothing says ", field->full_name(), "."));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<const Binding>> Binding::Of(const MethodDescriptor& method,
                                                           MessageMaps& maps) {
  if (!method.options().HasExtension(muniment::binds)) return nullptr;
  const std::string& name = method.options().GetExtension(muniment::binds).method();
  const MethodDescriptor* twin =
      DescriptorPool::generated_pool()->FindMethodByName(absl::StrReplaceAll(name, {{"/", "."}}));
  if (twin == nullptr) return Misfit(method, absl::StrCat("there is no ", name, "."));
  std::unique_ptr<Binding> binding(new Binding());
  binding->with_.reset(PrototypeOf(twin->input_type()).New());
  binding->answer_ = &PrototypeOf(method.output_type());
  RETURN_IF_ERROR(binding->ReadWith(method));
  ASSIGN_OR_RETURN(binding->request_map_, maps.ToTwin(*method.input_type(), *twin->input_type()));
  ASSIGN_OR_RETURN(binding->answer_map_,
                   maps.FromTwin(*method.output_type(), *twin->output_type()));
  RETURN_IF_ERROR(binding->CheckWhole(method));
  return binding;
}

absl::StatusOr<std::unique_ptr<Message>> Binding::Request(const Message& own,
                                                          const Caller& caller) const {
  std::unique_ptr<Message> request(with_->New());
  request->CopyFrom(*with_);
  PutCaller(caller.user_id, *request);
  RETURN_IF_ERROR(request_map_->Apply(own, *request));
  return request;
}

absl::StatusOr<std::unique_ptr<Message>> Binding::Answer(const Message& twin) const {
  std::unique_ptr<Message> answer(answer_->New());
  RETURN_IF_ERROR(answer_map_->Apply(twin, *answer));
  return answer;
}

}  // namespace muniment::gateway
