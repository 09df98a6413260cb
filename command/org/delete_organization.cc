#include <string>
#include <utility>
#include <vector>

#include "command/instance/instance.h"
#include "command/metadata/entries.h"
#include "command/org/domains.h"
#include "command/org/org.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::DeleteOrganizationRequest;
using zitadel::org::v2::DeleteOrganizationResponse;

namespace {

// A commit holds 500 events; domains beyond this are given up when what the organization owned is
// swept.
constexpr size_t kMaxDomains = 400;

absl::Status GiveUpDomains(Unit& unit, const Ref<Org>& org) {
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(org.id()));
  std::vector<std::string> names;
  for (const auto& [domain, proved] : domains->domains) names.push_back(domain);
  if (names.size() > kMaxDomains) names.resize(kMaxDomains);
  for (std::string& name : names) {
    event::v1::OrgDomainRemoved removed;
    removed.set_domain(std::move(name));
    unit.Raise(domains, std::move(removed));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeleteOrganizationResponse> DeleteOrganization(Unit& unit,
                                                              const DeleteOrganizationRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  if (instance->default_organization_id == org.id()) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.is_default",
                 "The default organization of the instance cannot be removed.");
  }
  unit.Raise(org, event::v1::OrgRemoved());
  RETURN_IF_ERROR(GiveUpDomains(unit, org));
  RETURN_IF_ERROR(RemoveAllMetadata(unit, OrgScope(org.id())));
  return DeleteOrganizationResponse();
}

}  // namespace muniment::command
