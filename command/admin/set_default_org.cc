#include <utility>

#include "command/instance/instance.h"
#include "command/org/org.h"
#include "command/unit.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using zitadel::admin::v1::SetDefaultOrgRequest;
using zitadel::admin::v1::SetDefaultOrgResponse;

absl::StatusOr<SetDefaultOrgResponse> SetDefaultOrg(Unit& unit,
                                                    const SetDefaultOrgRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.Load<Org>(request.org_id()));
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  unit.AnswerWith(instance);
  if (instance->default_organization_id == org.id()) return SetDefaultOrgResponse();
  if (!org->active()) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.not_active",
                 "Nobody is added to an organization that is not active.");
  }
  event::v1::InstanceDefaultOrgSet set;
  set.set_organization_id(org.id());
  unit.Raise(instance, std::move(set));
  return SetDefaultOrgResponse();
}

}  // namespace muniment::command
