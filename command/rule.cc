#include "command/rule.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "muniment/binding_options.pb.h"

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

const MethodDescriptor* Find(absl::string_view method) {
  return DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(method, {{"/", "."}}));
}

using Path = std::vector<const FieldDescriptor*>;

absl::StatusOr<Path> PathTo(const std::string& names, const Descriptor& request) {
  Path path;
  if (names.empty()) return path;
  const Descriptor* message = &request;
  for (absl::string_view name : absl::StrSplit(names, '.')) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (field == nullptr || field->is_repeated()) return Missing(names);
    path.push_back(field);
    message = field->message_type();
  }
  return path;
}

bool IsMessage(const Path& path) {
  return !path.empty() && path.back()->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
}

std::string TextAt(const Path& path, const Message& request) {
  const Message* message = &request;
  for (size_t i = 0; i < path.size(); ++i) {
    const auto* reflection = message->GetReflection();
    if (i + 1 == path.size()) return reflection->GetString(*message, path[i]);
    if (!reflection->HasField(*message, path[i])) return {};
    message = &reflection->GetMessage(*message, path[i]);
  }
  return {};
}

}  // namespace

absl::StatusOr<MethodRule> CompileRule(const Rule& rule, const Descriptor& request) {
  MethodRule compiled;
  compiled.rule = rule;
  ASSIGN_OR_RETURN(compiled.path, PathTo(rule.field(), request));
  ASSIGN_OR_RETURN(compiled.proof, PathTo(rule.proof(), request));
  ASSIGN_OR_RETURN(compiled.within, PathTo(rule.within(), request));
  ASSIGN_OR_RETURN(compiled.domain, PathTo(rule.domain(), request));
  // A resource is a message that names one of several.
  const bool names = rule.target() == TARGET_RESOURCE;
  if (names && (compiled.path.empty() || !IsMessage(compiled.path))) return Missing(rule.field());
  if (!names && IsMessage(compiled.path)) return Missing(rule.field());
  if (IsMessage(compiled.proof) || IsMessage(compiled.within) || IsMessage(compiled.domain)) {
    return Missing("a string");
  }
  if (!compiled.domain.empty() && rule.target() != TARGET_ORG) return Missing("domain");
  // Whatever is read is found by its own id; whoever changes an application names its project too.
  if (rule.target() != TARGET_APPLICATION &&
      (rule.target() == TARGET_PROJECT_ACCESS) != !compiled.within.empty()) {
    return Missing("within");
  }
  return compiled;
}

absl::StatusOr<MethodRule> RuleOf(absl::string_view method) {
  const MethodDescriptor* descriptor = Find(method);
  if (descriptor == nullptr) return Missing(method);
  const MethodDescriptor* decides = descriptor;
  if (descriptor->options().HasExtension(muniment::binds)) {
    decides = Find(descriptor->options().GetExtension(muniment::binds).method());
    if (decides == nullptr) return Missing(method);
  }
  const bool own = descriptor->options().HasExtension(muniment::rule);
  const auto& options = own ? descriptor->options() : decides->options();
  if (!options.HasExtension(muniment::rule)) return Missing(method);
  return CompileRule(options.GetExtension(muniment::rule), *decides->input_type());
}

std::string TargetOf(const MethodRule& rule, const Message& request, const Caller& caller) {
  const TargetKind kind = rule.rule.target();
  if (kind == TARGET_USER && rule.path.empty()) return caller.user_id;
  if (kind == TARGET_RESOURCE) return {};
  std::string id = TextAt(rule.path, request);
  if (kind == TARGET_APPLICATION && !rule.within.empty()) {
    return absl::StrCat(WithinField(rule, request), "/", id);
  }
  return kind == TARGET_ORG && id.empty() ? caller.working_organization_id() : id;
}

std::string ProofField(const MethodRule& rule, const Message& request) {
  return TextAt(rule.proof, request);
}

std::string WithinField(const MethodRule& rule, const Message& request) {
  return TextAt(rule.within, request);
}

std::string DomainField(const MethodRule& rule, const Message& request) {
  return TextAt(rule.domain, request);
}

}  // namespace muniment::command
