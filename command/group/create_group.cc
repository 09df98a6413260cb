#include <string>

#include "command/chosen_id.h"
#include "command/group/group.h"
#include "command/org/org.h"
#include "command/org/state.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::command {

using zitadel::group::v2::CreateGroupRequest;
using zitadel::group::v2::CreateGroupResponse;

namespace {

event::v1::GroupAdded Decide(const std::string& organization_id,
                             const CreateGroupRequest& request) {
  event::v1::GroupAdded added;
  added.set_organization_id(organization_id);
  added.set_name(request.name());
  added.set_description(request.description());
  added.set_chosen_id(request.id());
  return added;
}

}  // namespace

absl::StatusOr<CreateGroupResponse> CreateGroup(Unit& unit, const CreateGroupRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(MustBeActive(*org));
  if (request.has_id()) RETURN_IF_ERROR(AdmitChosenId(unit, "group", request.id()));
  ASSIGN_OR_RETURN(const auto group,
                   unit.LoadOrNew<Group>(request.has_id() ? request.id() : unit.NewId()));
  unit.Raise(group, Decide(org.id(), request));
  CreateGroupResponse response;
  response.set_id(group.id());
  return response;
}

}  // namespace muniment::command
