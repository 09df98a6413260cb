#include "query/reader.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::query {
namespace {

using row::v1::OrgDomain;
using zitadel::org::v2::Domain;
using zitadel::org::v2::DomainValidationType;
using zitadel::org::v2::ListOrganizationDomainsRequest;
using zitadel::org::v2::ListOrganizationDomainsResponse;

void PresentDomain(const Reader&, const OrgDomain& row, Domain* domain) {
  domain->set_organization_id(row.organization_id());
  domain->set_domain(row.domain());
  domain->set_is_verified(row.verified());
  domain->set_is_primary(row.primary());
  // Numbered alike.
  domain->set_validation_type(static_cast<DomainValidationType>(row.proof()));
}

}  // namespace

absl::StatusOr<ListOrganizationDomainsResponse> ListOrganizationDomains(
    Reader& reader, const ListOrganizationDomainsRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());

  ListSpec<OrgDomain> spec;
  spec.within = projections::TablePlan::Of<OrgDomain>().Key({org.id()});
  return reader.List<ListOrganizationDomainsResponse>(request, std::move(spec), &PresentDomain);
}

}  // namespace muniment::query
