#include "command/import/names.h"

#include <algorithm>
#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "command/user/username.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using zitadel::org::v2::AddOrganizationDomainRequest;
using zitadel::org::v2::AddOrganizationRequest;
using zitadel::user::v2::CreateUserRequest;

bool NamesAnId(const FieldDescriptor* field) {
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return false;
  const std::string& name = field->name();
  return name == "id" || absl::EndsWith(name, "_id") || absl::EndsWith(name, "_ids");
}

void ReadIds(const Message& message, ImportNames& names) {
  std::vector<const FieldDescriptor*> set;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const bool id = NamesAnId(field);
    const bool deeper = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!id && !deeper) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (deeper) {
        ReadIds(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                     : reflection->GetMessage(message, field),
                names);
        continue;
      }
      names.reads.insert(absl::HashOf(field->is_repeated()
                                          ? reflection->GetRepeatedString(message, field, i)
                                          : reflection->GetString(message, field)));
    }
  }
}

// Domains are known by their first label: an organization's own is made of its name.
size_t LabelOf(absl::string_view domain) {
  return absl::HashOf(absl::StrCat("domain ", domain.substr(0, domain.find('.'))));
}

void ReadDomains(const Message& request, ImportNames& names) {
  const auto* type = request.GetDescriptor();
  if (type == AddOrganizationRequest::descriptor()) {
    const auto& added = static_cast<const AddOrganizationRequest&>(request);
    names.reads.insert(LabelOf(DomainLabel(added.name())));
    names.writes.insert(LabelOf(DomainLabel(added.name())));
  } else if (type == AddOrganizationDomainRequest::descriptor()) {
    const auto& added = static_cast<const AddOrganizationDomainRequest&>(request);
    const size_t label = LabelOf(FoldName(added.domain()));
    names.reads.insert(label);
    names.writes.insert(label);
  } else if (type == CreateUserRequest::descriptor()) {
    const auto& user = static_cast<const CreateUserRequest&>(request);
    const std::string& name = user.has_username() ? user.username() : user.human().email().email();
    for (const std::string& domain : DomainsOfUsername(name)) names.reads.insert(LabelOf(domain));
  }
}

}  // namespace

ImportNames NamesOf(const ImportBatch& batch) {
  ImportNames names;
  for (const ImportLine& line : batch.lines) {
    ReadIds(*line.request, names);
    ReadDomains(*line.request, names);
    if (const std::string id = line.id(); !id.empty()) names.writes.insert(absl::HashOf(id));
  }
  return names;
}

bool Needs(const ImportNames& one, const ImportNames& other) {
  return std::any_of(one.reads.begin(), one.reads.end(),
                     [&other](size_t name) { return other.writes.contains(name); });
}

}  // namespace muniment::command
