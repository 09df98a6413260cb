#include "query/present.h"
#include "query/reader.h"
#include "query/text_query.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using row::v1::Org;
using zitadel::org::v2::ListOrganizationsRequest;
using zitadel::org::v2::ListOrganizationsResponse;
using zitadel::org::v2::Organization;
using zitadel::org::v2::OrganizationDomainQuery;

void PresentOrg(const Reader&, const Org& row, Organization* organization) {
  organization->set_id(row.id());
  PresentDetails(row.stamp(), row.id(), organization->mutable_details());
  organization->set_state(static_cast<zitadel::org::v2::OrganizationState>(row.state()));
  organization->set_name(row.name());
  organization->set_primary_domain(row.primary_domain());
}

// Some domain of the organization, proved or not, is such.
Named Domain(Reader& reader) {
  Named named;
  named.name = "domain";
  named.matches = [&reader](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const OrganizationDomainQuery&>(argument);
    const TextQuery wanted(query.domain(), query.method());
    const auto& table = projections::TablePlan::Of<row::v1::OrgDomain>();
    auto cursor = reader.view().ScanRows(reader.instance(), table,
                                         table.Key({static_cast<const Org&>(row).id()}));
    row::v1::OrgDomain domain;
    for (; cursor.Valid(); cursor.Next()) {
      RETURN_IF_ERROR(cursor.Row(&domain));
      if (wanted.Fits(domain.domain())) return true;
    }
    RETURN_IF_ERROR(cursor.status());
    return false;
  };
  return named;
}

Named Default(Reader& reader) {
  Named named;
  named.name = "default";
  named.matches = [&reader](const Message&, const Message& row) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto instance, reader.view().Get<row::v1::Instance>(
                                              reader.instance(), {reader.instance_id()}));
    return instance.has_value() &&
           instance->default_organization_id() == static_cast<const Org&>(row).id();
  };
  return named;
}

}  // namespace

absl::StatusOr<ListOrganizationsResponse> ListOrganizations(
    Reader& reader, const ListOrganizationsRequest& request) {
  ListSpec<Org> spec;
  spec.owner_column = "id";
  spec.named = {Domain(reader), Default(reader)};
  return reader.List<ListOrganizationsResponse>(request, std::move(spec), &PresentOrg);
}

}  // namespace muniment::query
