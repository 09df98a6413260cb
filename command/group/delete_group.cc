#include "command/group/group.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::command {

using zitadel::group::v2::DeleteGroupRequest;
using zitadel::group::v2::DeleteGroupResponse;

absl::StatusOr<DeleteGroupResponse> DeleteGroup(Unit& unit, const DeleteGroupRequest&) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadTarget<Group>());
  unit.Raise(group, event::v1::GroupRemoved());
  return DeleteGroupResponse();
}

}  // namespace muniment::command
