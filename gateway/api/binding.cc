#include "gateway/api/binding.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "muniment/binding_options.pb.h"
#include "muniment/options.pb.h"
#include "zitadel/object.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;
using zitadel::v1::ListDetails;
using zitadel::v1::ObjectDetails;

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

// What a place in braces stands for; null for what is none.
const std::string* Said(const Caller& caller, absl::string_view text) {
  if (text == "{caller}") return &caller.user_id;
  if (text == "{organization}") return &caller.working_organization_id();
  return nullptr;
}

// Texts anywhere in the message that are such places become what they stand for.
void PutCaller(const Caller& caller, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) PutCaller(caller, *reflection.MutableMessage(&message, field));
      for (int i = 0; i < size; ++i) {
        PutCaller(caller, *reflection.MutableRepeatedMessage(&message, field, i));
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (!field->is_repeated()) {
        const auto* said = Said(caller, reflection.GetString(message, field));
        if (said != nullptr) reflection.SetString(&message, field, *said);
      }
      for (int i = 0; i < size; ++i) {
        const auto* said = Said(caller, reflection.GetRepeatedString(message, field, i));
        if (said != nullptr) reflection.SetRepeatedString(&message, field, i, *said);
      }
    }
  }
}

// Where the twin's list says nothing of it.
void FillList(const Told& told, const Message& answer, ListDetails& details) {
  const FieldDescriptor* result = answer.GetDescriptor()->FindFieldByName("result");
  // What is no list there is here as a whole.
  if (details.total_result() == 0 && result != nullptr && result->is_repeated()) {
    details.set_total_result(
        static_cast<uint64_t>(answer.GetReflection()->FieldSize(answer, result)));
  }
  if (details.processed_sequence() == 0) details.set_processed_sequence(told.sequence);
  if (!details.has_view_timestamp()) *details.mutable_view_timestamp() = ToTimestamp(told.now);
}

// Of every message that says whose something is and not yet by whom.
void FillOwner(const std::string& owner, Message& message) {
  if (message.GetDescriptor() == ObjectDetails::descriptor()) {
    auto& details = static_cast<ObjectDetails&>(message);
    if (details.resource_owner().empty()) details.set_resource_owner(owner);
    return;
  }
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) FillOwner(owner, *reflection.MutableMessage(&message, field));
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    for (int i = 0; i < size; ++i) {
      FillOwner(owner, *reflection.MutableRepeatedMessage(&message, field, i));
    }
  }
}

// "PersonalAccessToken" is a "personal_access_token".
absl::Status NotFound(const Descriptor& type) {
  std::string noun;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(c) && !noun.empty()) noun += '_';
    noun += absl::ascii_tolower(c);
  }
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

}  // namespace

absl::Status Binding::ReadConditions(const MethodDescriptor& method, const Descriptor& answer) {
  const std::string& found = method.options().GetExtension(muniment::binds).found();
  found_ = answer.FindFieldByName(found);
  const bool list = found_ != nullptr && found_->is_repeated() && found_->message_type() != nullptr;
  if (!found.empty() && !list) return Misfit(method, absl::StrCat("there is no list ", found, "."));
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    const FieldDescriptor* own = method.input_type()->field(i);
    const std::string& names = own->options().GetExtension(muniment::confirmed);
    if (names.empty()) continue;
    Confirmed one{own, FollowPath(names, answer)};
    const bool texts = own->type() == FieldDescriptor::TYPE_STRING && !own->is_repeated() &&
                       one.twin.size() > 1 && one.twin.back()->type() == own->type() &&
                       !one.twin.back()->is_repeated();
    if (!texts) return Misfit(method, absl::StrCat("no ", names, " confirms ", own->name(), "."));
    confirmed_.push_back(std::move(one));
  }
  return absl::OkStatus();
}

absl::Status Binding::CheckConditions(const Message& twin, const Told& told) const {
  if (found_ != nullptr && twin.GetReflection()->FieldSize(twin, found_) == 0) {
    return NotFound(*found_->message_type());
  }
  for (const auto& [own, path] : confirmed_) {
    const Message* holder = HolderOf(twin, path);
    const bool same = holder != nullptr && told.request != nullptr &&
                      holder->GetReflection()->GetString(*holder, path.back()) ==
                          told.request->GetReflection()->GetString(*told.request, own);
    if (!same) return NotFound(*path.back()->containing_type());
  }
  return absl::OkStatus();
}

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
  binding->plan_ = std::make_unique<const command::AnswerPlan>(*method.output_type());
  binding->list_ = method.output_type()->FindFieldByName("details");
  if (binding->list_ != nullptr && binding->list_->message_type() != ListDetails::descriptor()) {
    binding->list_ = nullptr;
  }
  RETURN_IF_ERROR(binding->ReadWith(method));
  RETURN_IF_ERROR(binding->ReadConditions(method, *twin->output_type()));
  ASSIGN_OR_RETURN(binding->request_map_, maps.ToTwin(*method.input_type(), *twin->input_type()));
  ASSIGN_OR_RETURN(binding->answer_map_,
                   maps.FromTwin(*method.output_type(), *twin->output_type()));
  RETURN_IF_ERROR(binding->CheckWhole(method));
  return binding;
}

absl::StatusOr<std::unique_ptr<Message>> Binding::Request(const Message& own, const Caller& caller,
                                                          GrantedOrganization granted) const {
  std::unique_ptr<Message> request(with_->New());
  request->CopyFrom(*with_);
  PutCaller(caller, *request);
  RETURN_IF_ERROR(request_map_->Apply(own, *request, granted));
  return request;
}

absl::StatusOr<std::unique_ptr<Message>> Binding::Answer(const Message& twin,
                                                         const Told& told) const {
  RETURN_IF_ERROR(CheckConditions(twin, told));
  std::unique_ptr<Message> answer(answer_->New());
  RETURN_IF_ERROR(answer_map_->Apply(twin, *answer));
  if (!told.owner.empty()) FillOwner(told.owner, *answer);
  if (told.stamp != nullptr) {
    plan_->Fill(*told.stamp, *answer);
  } else if (list_ != nullptr && told.sequence > 0) {
    FillList(told, *answer,
             static_cast<ListDetails&>(
                 *answer->GetReflection()->MutableMessage(answer.get(), list_)));
  }
  return answer;
}

}  // namespace muniment::gateway
