#include <utility>

#include "command/group/group.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::command {

using zitadel::group::v2::UpdateGroupRequest;
using zitadel::group::v2::UpdateGroupResponse;

namespace {

// What differs; an event that says nothing where nothing does.
event::v1::GroupChanged Decide(const Group& group, const UpdateGroupRequest& request) {
  event::v1::GroupChanged changed;
  if (request.has_name() && request.name() != group.name) changed.set_name(request.name());
  if (request.has_description() && request.description() != group.description) {
    changed.set_description(request.description());
  }
  return changed;
}

}  // namespace

absl::StatusOr<UpdateGroupResponse> UpdateGroup(Unit& unit, const UpdateGroupRequest& request) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadTarget<Group>());
  event::v1::GroupChanged changed = Decide(*group, request);
  if (changed.ByteSizeLong() == 0) return UpdateGroupResponse();
  changed.set_organization_id(group->organization_id);
  unit.Raise(group, std::move(changed));
  return UpdateGroupResponse();
}

}  // namespace muniment::command
