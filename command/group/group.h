// A group's core, as decisions see it: users of one organization under a name. Who is in it stands
// apart (users.h).
#ifndef MUNIMENT_COMMAND_GROUP_GROUP_H_
#define MUNIMENT_COMMAND_GROUP_GROUP_H_

#include <string>

#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "muniment/event/v1/group.visit.h"

namespace muniment::command {

enum class GroupState { kNone, kActive, kRemoved };

struct Group {
  using Event = event::v1::GroupEvent;
  static constexpr absl::string_view kNoun = "group";
  static constexpr TargetKind kTarget = TARGET_GROUP;

  GroupState state = GroupState::kNone;
  std::string organization_id;
  std::string name;
  std::string description;
  bool swept = false;  // nobody is left in it

  bool exists() const { return state == GroupState::kActive; }
};

void Fold(Group& group, const event::v1::GroupAdded& event);
void Fold(Group& group, const event::v1::GroupChanged& event);
void Fold(Group& group, const event::v1::GroupRemoved& event);
void Fold(Group& group, const event::v1::GroupSwept& event);

inline absl::string_view OwnerOf(const Group& group) { return group.organization_id; }

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_GROUP_GROUP_H_
