#include "command/group/group.h"

namespace muniment::command {

void Fold(Group& group, const event::v1::GroupAdded& event) {
  group = Group();
  group.state = GroupState::kActive;
  group.organization_id = event.organization_id();
  group.name = event.name();
  group.description = event.description();
}

void Fold(Group& group, const event::v1::GroupChanged& event) {
  if (event.has_name()) group.name = event.name();
  if (event.has_description()) group.description = event.description();
}

void Fold(Group& group, const event::v1::GroupRemoved&) { group.state = GroupState::kRemoved; }

void Fold(Group& group, const event::v1::GroupSwept&) { group.swept = true; }

}  // namespace muniment::command
