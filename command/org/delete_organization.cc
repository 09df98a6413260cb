#include "command/instance/instance.h"
#include "command/instance/owners.h"
#include "command/org/sweep_organization.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::DeleteOrganizationRequest;
using zitadel::org::v2::DeleteOrganizationResponse;

absl::StatusOr<DeleteOrganizationResponse> DeleteOrganization(Unit& unit,
                                                              const DeleteOrganizationRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  if (instance->default_organization_id == org.id()) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.is_default",
                 "The default organization of the instance cannot be removed.");
  }
  RETURN_IF_ERROR(KeepsAnOwner(unit, {.organization_id = org.id()}));
  unit.Raise(org, event::v1::OrgRemoved());
  // What finds no room here is swept.
  RETURN_IF_ERROR(EndNames(unit, org.id(), eventstore::kMaxCommitEvents - 1).status());
  return DeleteOrganizationResponse();
}

}  // namespace muniment::command
