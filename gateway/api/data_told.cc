#include "gateway/api/data_told.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/error.h"
#include "base/host_name.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using zitadel::admin::v1::ImportDataError;
using zitadel::admin::v1::ImportDataSuccessOrg;

void DataTold::Refuse(absl::string_view type, const std::string& id, const absl::Status& status) {
  if (response_.errors_size() == kMostErrors) {
    ++more_errors_;
    return;
  }
  ImportDataError& error = *response_.add_errors();
  error.set_type(std::string(type));
  error.set_id(id);
  const std::string reason = Reason(status);
  error.set_message(reason.empty() ? std::string(status.message())
                                   : absl::StrCat(status.message(), " [", reason, "]"));
}

const zitadel::admin::v1::ImportDataResponse& DataTold::Response() {
  if (more_errors_ == 0) return response_;
  ImportDataError& error = *response_.add_errors();
  error.set_type("import");
  error.set_message(absl::StrCat("As many more were refused: ", more_errors_, ". [import.more_errors]"));
  return response_;
}

void DataTold::Done(const DataKind& kind, const Message* data, const std::string& organization,
                    const std::vector<std::string>& known, const std::string& made) {
  auto& all = *response_.mutable_success()->mutable_orgs();
  const auto [place, first] = orgs_.try_emplace(data, all.size());
  if (first) all.Add()->set_org_id(organization);
  if (kind.success.empty()) return;
  ImportDataSuccessOrg& org = all[place->second];
  const FieldDescriptor* field = org.GetDescriptor()->FindFieldByName(std::string(kind.success));
  MUNIMENT_CHECK(field != nullptr && field->is_repeated());
  std::vector<std::string> ids = known;
  if (!kind.made.empty()) ids.front() = made;
  if (field->message_type() == nullptr) {
    org.GetReflection()->AddString(&org, field,
                                   kind.made.empty() ? absl::StrJoin(ids, "_") : ids.front());
    return;
  }
  Message& told = *org.GetReflection()->AddMessage(&org, field);
  MUNIMENT_CHECK(field->message_type()->field_count() == static_cast<int>(ids.size()));
  for (int i = 0; i < field->message_type()->field_count(); ++i) {
    told.GetReflection()->SetString(&told, field->message_type()->field(i), ids[i]);
  }
}

absl::Status DomainCounts(const projections::Database& database, uint64_t instance,
                          const std::string& organization, const zitadel::org::v1::Domain& domain) {
  if (!domain.is_verified()) return absl::OkStatus();
  projections::View view = database.Read();
  const std::string name = DomainName(domain.domain_name()).value_or(domain.domain_name());
  ASSIGN_OR_RETURN(const auto row, view.Get<row::v1::OrgDomain>(instance, {organization, name}));
  if (row.has_value() && row->verified()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "import.domain_unproved",
               "It was added, and counts once it is proved here: GenerateOrgDomainValidation.");
}

absl::Status IdNotKept(const std::string& id) {
  return Error(absl::StatusCode::kFailedPrecondition, "import.id_not_kept",
               absl::StrCat("It was added by another id, ", id, "."));
}

}  // namespace muniment::gateway
