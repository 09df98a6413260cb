#include "command/rule.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/error.h"

namespace muniment::command {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

namespace {

absl::Status Missing(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, "command.rule_missing",
               absl::StrCat("No rule says who may do this: ", what));
}

}  // namespace

absl::StatusOr<MethodRule> CompileRule(const Rule& rule, const Descriptor& request) {
  MethodRule compiled;
  compiled.rule = rule;
  if (rule.field().empty()) return compiled;
  const Descriptor* message = &request;
  for (absl::string_view name : absl::StrSplit(rule.field(), '.')) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (field == nullptr || field->is_repeated()) return Missing(rule.field());
    compiled.path.push_back(field);
    message = field->message_type();
  }
  if (compiled.path.back()->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return Missing(rule.field());
  }
  return compiled;
}

absl::StatusOr<MethodRule> RuleOf(absl::string_view method) {
  const MethodDescriptor* descriptor =
      DescriptorPool::generated_pool()->FindMethodByName(absl::StrReplaceAll(method, {{"/", "."}}));
  if (descriptor == nullptr || !descriptor->options().HasExtension(muniment::rule)) {
    return Missing(method);
  }
  return CompileRule(descriptor->options().GetExtension(muniment::rule), *descriptor->input_type());
}

std::string TargetField(const MethodRule& rule, const Message& request) {
  const Message* message = &request;
  for (size_t i = 0; i < rule.path.size(); ++i) {
    const auto* reflection = message->GetReflection();
    if (i + 1 == rule.path.size()) return reflection->GetString(*message, rule.path[i]);
    if (!reflection->HasField(*message, rule.path[i])) return {};
    message = &reflection->GetMessage(*message, rule.path[i]);
  }
  return {};
}

}  // namespace muniment::command
