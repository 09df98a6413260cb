#include <set>
#include <string>
#include <utility>

#include "command/group/group.h"
#include "command/group/users.h"
#include "command/user/user.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::command {

using zitadel::group::v2::AddUsersToGroupRequest;
using zitadel::group::v2::AddUsersToGroupResponse;

namespace {

// Whoever is another organization's is nobody here.
absl::Status MayJoin(Unit& unit, const Ref<Group>& group, const std::string& user_id) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  if (user->exists() && user->organization_id == group->organization_id) return absl::OkStatus();
  absl::Status missing =
      Error(absl::StatusCode::kNotFound, "user.not_found", "There is no such user.");
  SetErrorFact(missing, "user_id", user_id);
  return missing;
}

}  // namespace

// All that may be cold is asked for before the first of it is waited for.
absl::StatusOr<AddUsersToGroupResponse> AddUsersToGroup(Unit& unit,
                                                        const AddUsersToGroupRequest& request) {
  ASSIGN_OR_RETURN(const auto group, unit.LoadTarget<Group>());
  const UsersByPage pages = ByPage(group.id(), request.user_ids());
  for (const auto& [id, users] : pages) {
    (void)unit.LoadAny<GroupUsers>(id);
    for (const std::string& user : users) (void)unit.LoadAny<User>(user);
  }
  for (const auto& [id, users] : pages) {
    ASSIGN_OR_RETURN(const auto page, unit.LoadAny<GroupUsers>(id));
    event::v1::GroupUsersAdded added;
    added.set_organization_id(group->organization_id);
    for (const std::string& user : users) {
      RETURN_IF_ERROR(MayJoin(unit, group, user));
      if (!page->Has(user)) added.add_user_id(user);
    }
    if (added.user_id_size() > 0) unit.Raise(page, std::move(added));
  }
  return AddUsersToGroupResponse();
}

}  // namespace muniment::command
