#include "query/present.h"
#include "query/reader.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using row::v1::OrgDomain;
using zitadel::management::v1::ListOrgDomainsRequest;
using zitadel::management::v1::ListOrgDomainsResponse;
using zitadel::org::v1::Domain;
using zitadel::org::v1::DomainValidationType;

namespace {

void PresentDomain(const Reader&, const OrgDomain& row, Domain* domain) {
  domain->set_org_id(row.organization_id());
  PresentDetails(row.stamp(), row.organization_id(), domain->mutable_details());
  domain->set_domain_name(row.domain());
  domain->set_is_verified(row.verified());
  domain->set_is_primary(row.primary());
  // Numbered alike.
  domain->set_validation_type(static_cast<DomainValidationType>(row.proof()));
}

}  // namespace

absl::StatusOr<ListOrgDomainsResponse> ListOrgDomains(Reader& reader,
                                                      const ListOrgDomainsRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  ListSpec<OrgDomain> spec;
  spec.within = projections::TablePlan::Of<OrgDomain>().Key({org.id()});
  return reader.List<ListOrgDomainsResponse>(request, std::move(spec), &PresentDomain);
}

}  // namespace muniment::query
