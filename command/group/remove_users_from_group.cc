#include <string>
#include <utility>

#include "command/group/group.h"
#include "command/group/users.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::command {

using zitadel::group::v2::RemoveUsersFromGroupRequest;
using zitadel::group::v2::RemoveUsersFromGroupResponse;

absl::StatusOr<RemoveUsersFromGroupResponse> RemoveUsersFromGroup(
    Unit& unit, const RemoveUsersFromGroupRequest& request) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadTarget<Group>());
  const UsersByPage pages = ByPage(group.id(), request.user_ids());
  for (const auto& [id, users] : pages) (void)unit.LoadAny<GroupUsers>(id);
  for (const auto& [id, users] : pages) {
    ASSIGN_OR_RETURN(const auto page, unit.LoadAny<GroupUsers>(id));
    event::v1::GroupUsersRemoved removed;
    for (const std::string& user : users) {
      if (page->Has(user)) removed.add_user_id(user);
    }
    if (removed.user_id_size() > 0) unit.Raise(page, std::move(removed));
  }
  return RemoveUsersFromGroupResponse();
}

}  // namespace muniment::command
