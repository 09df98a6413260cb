#include "command/member/members.h"

namespace muniment::command {

void Fold(Members& members, const event::v1::MemberAdded& event) {
  members.roles[event.user_id()].assign(event.role().begin(), event.role().end());
}

void Fold(Members& members, const event::v1::MemberChanged& event) {
  members.roles[event.user_id()].assign(event.role().begin(), event.role().end());
}

void Fold(Members& members, const event::v1::MemberRemoved& event) {
  members.roles.erase(event.user_id());
}

void Fold(Members& members, const event::v1::MemberCascadeRemoved& event) {
  members.roles.erase(event.user_id());
}

}  // namespace muniment::command
