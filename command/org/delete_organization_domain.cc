#include <utility>

#include "command/instance/instance.h"
#include "command/org/default_domain.h"
#include "command/org/org.h"
#include "command/org/own_domain.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::DeleteOrganizationDomainRequest;
using zitadel::org::v2::DeleteOrganizationDomainResponse;

absl::StatusOr<DeleteOrganizationDomainResponse> DeleteOrganizationDomain(
    Unit& unit, const DeleteOrganizationDomainRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(org.id()));
  ASSIGN_OR_RETURN(const OwnDomain own, FindDomain(*domains, request.domain()));
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  if (own.name == domains->primary) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.domain_is_primary",
                 "The primary domain cannot be removed; make another primary first.");
  }
  if (IsDefaultDomain(*domains, own.name, org->name, org.id(), instance->primary_domain)) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.domain_is_default",
                 "The domain that an organization has of its name cannot be removed.");
  }
  event::v1::OrgDomainRemoved removed;
  removed.set_domain(own.name);
  unit.Raise(domains, std::move(removed));
  return DeleteOrganizationDomainResponse();
}

}  // namespace muniment::command
