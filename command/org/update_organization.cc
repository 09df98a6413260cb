#include <string>
#include <utility>

#include "command/org/default_domain.h"
#include "command/org/org.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::UpdateOrganizationRequest;
using zitadel::org::v2::UpdateOrganizationResponse;

absl::StatusOr<UpdateOrganizationResponse> UpdateOrganization(
    Unit& unit, const UpdateOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  const std::string old_name = org->name;
  if (old_name == request.name()) return UpdateOrganizationResponse();

  event::v1::OrgChanged changed;
  changed.set_name(request.name());
  unit.Raise(org, std::move(changed));
  RETURN_IF_ERROR(MoveDefaultDomain(unit, org.id(), old_name, request.name()));
  return UpdateOrganizationResponse();
}

}  // namespace muniment::command
