#include "base/version.h"
#include "query/present.h"
#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetMyInstanceRequest;
using zitadel::admin::v1::GetMyInstanceResponse;
using zitadel::instance::v1::InstanceDetail;

namespace {

// The hosts of all instances stand in one table.
absl::Status PresentDomains(Reader& reader, const row::v1::Instance& row, InstanceDetail* out) {
  const auto& table = projections::TablePlan::Of<row::v1::InstanceDomain>();
  auto cursor = reader.view().ScanRows(eventstore::kSystemInstance, table, "");
  row::v1::InstanceDomain domain;
  for (; cursor.Valid(); cursor.Next()) {
    RETURN_IF_ERROR(cursor.Row(&domain));
    if (domain.instance_id() != row.id()) continue;
    auto* one = out->add_domains();
    one->set_domain(domain.domain());
    one->set_primary(domain.domain() == row.primary_domain());
    one->mutable_details()->set_resource_owner(row.id());
  }
  return cursor.status();
}

}  // namespace

absl::StatusOr<GetMyInstanceResponse> GetMyInstance(Reader& reader, const GetMyInstanceRequest&) {
  ASSIGN_OR_RETURN(const auto row, reader.view().Get<row::v1::Instance>(
                                       reader.instance(), {reader.instance_id()}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kNotFound, "instance.not_found", "There is no such instance.");
  }
  GetMyInstanceResponse response;
  auto* instance = response.mutable_instance();
  instance->set_id(row->id());
  PresentDetails(row->stamp(), row->id(), instance->mutable_details());
  instance->set_state(zitadel::instance::v1::STATE_RUNNING);
  instance->set_name(row->name());
  instance->set_version(kVersion);
  RETURN_IF_ERROR(PresentDomains(reader, *row, instance));
  return response;
}

}  // namespace muniment::query
