#include <utility>

#include "command/org/org.h"
#include "command/org/own_domain.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::management::v1::SetPrimaryOrgDomainRequest;
using zitadel::management::v1::SetPrimaryOrgDomainResponse;

absl::StatusOr<SetPrimaryOrgDomainResponse> SetPrimaryOrgDomain(
    Unit& unit, const SetPrimaryOrgDomainRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(org.id()));
  ASSIGN_OR_RETURN(const OwnDomain own, FindDomain(*domains, request.domain()));
  unit.AnswerWith(domains);
  if (own.name == domains->primary) return SetPrimaryOrgDomainResponse();
  if (!own.state.counts) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.domain_not_verified",
                 "Only a domain that is proved can be the primary one.");
  }
  event::v1::OrgDomainPrimarySet primary;
  primary.set_domain(own.name);
  unit.Raise(domains, std::move(primary));
  return SetPrimaryOrgDomainResponse();
}

}  // namespace muniment::command
