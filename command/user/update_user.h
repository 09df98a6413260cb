// Changing a user: what UpdateUser and UpdateHumanUser share.
#ifndef MUNIMENT_COMMAND_USER_UPDATE_USER_H_
#define MUNIMENT_COMMAND_USER_UPDATE_USER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/addresses.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

// The events that make the user as the request says, but for addresses and password; none where he
// is so already. `username_scope` counts with a new user name. Pure. FAILED_PRECONDITION
// "user.not_human", "user.not_machine"; INVALID_ARGUMENT as in profile.h.
absl::StatusOr<std::vector<event::v1::UserEvent>> DecideUpdateUser(
    const User& user, const zitadel::user::v2::UpdateUserRequest& request,
    absl::string_view username_scope);

// Raises the change on the method's target. PERMISSION_DENIED "user.write_required" to whoever sets
// metadata of himself without user.write; the errors of AdmitUsername, SetMetadata, ChangeEmail,
// ChangePhone and ChangePassword.
absl::StatusOr<ProofCodes> ChangeUser(Unit& unit,
                                      const zitadel::user::v2::UpdateUserRequest& request);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_UPDATE_USER_H_
