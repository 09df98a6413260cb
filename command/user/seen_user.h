// A user whom the caller names beside the rule's target: he may only name whom he may know of.
#ifndef MUNIMENT_COMMAND_USER_SEEN_USER_H_
#define MUNIMENT_COMMAND_USER_SEEN_USER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// NOT_FOUND "user.not_found" for one who is not there, or whose organization is not, or whom the
// caller sees neither by user.read on his organization nor by user.global.read on the rule's target.
absl::StatusOr<Ref<User>> SeenUser(Unit& unit, absl::string_view user_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_SEEN_USER_H_
