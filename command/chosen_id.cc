#include "command/chosen_id.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "command/group/group.h"
#include "command/org/org.h"
#include "command/project/project.h"
#include "command/user/user.h"

namespace muniment::command {

absl::Status AdmitChosenId(Unit& unit, absl::string_view noun, absl::string_view id) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(id));
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(id));
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(id));
  ASSIGN_OR_RETURN(const auto group, unit.LoadAny<Group>(id));
  if (user->state == UserState::kNone && org->state == OrgState::kNone &&
      project->state == ProjectState::kNone && group->state == GroupState::kNone &&
      id != unit.instance_id()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kAlreadyExists, absl::StrCat(noun, ".already_exists"),
               "Something with this id exists or existed.");
}

}  // namespace muniment::command
