#include "gateway/rpc/query.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/percent.h"
#include "gateway/rpc/json_plan.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/metadata.h"

namespace muniment::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMaxParameters = 500;

}  // namespace

absl::StatusOr<Parameters> ParseQuery(absl::string_view query) {
  Parameters out;
  for (absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const size_t mark = part.find('=');
    std::string name, value;
    if (!PercentDecode(part.substr(0, mark), true, name) ||
        (mark != absl::string_view::npos && !PercentDecode(part.substr(mark + 1), true, value)) ||
        out.size() >= kMaxParameters) {
      return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                   "The URL's query is not well-formed.");
    }
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

FieldPath FindPath(const Descriptor* type, absl::string_view path) {
  FieldPath fields;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    if (type == nullptr || fields.size() > 16) return {};
    const JsonPlan& plan = PlanOf(type);
    const auto found = plan.by_name.find(name);
    if (found == plan.by_name.end()) return {};
    const FieldDescriptor* field = plan.fields[found->second].field;
    if (!fields.empty() && fields.back()->is_repeated()) return {};
    fields.push_back(field);
    type = field->message_type();
  }
  return fields;
}

Message& Descend(const FieldPath& path, Message& message) {
  Message* at = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    at = at->GetReflection()->MutableMessage(at, path[i]);
  }
  return *at;
}

absl::Status SetPath(const FieldPath& path, absl::string_view text, Message& message) {
  Message* at = &message;
  for (size_t i = 0; i < path.size(); ++i) {
    const FieldDescriptor* field = path[i];
    const auto* reflection = at->GetReflection();
    const auto* oneof = field->containing_oneof();
    const bool taken = oneof != nullptr && reflection->HasOneof(*at, oneof) &&
                       !reflection->HasField(*at, field);
    const bool last = i + 1 == path.size();
    if (taken || (last && !field->is_repeated() && reflection->HasField(*at, field))) {
      return Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                   absl::StrCat("A second value for ", field->name(), "."));
    }
    if (last) return ReadTextField(text, field, *at);
    at = reflection->MutableMessage(at, field);
  }
  return absl::OkStatus();
}

}  // namespace muniment::rpc
