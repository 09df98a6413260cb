// The one guard before anybody decides what only a user's mailbox or telephone could prove: he says
// that an address is the user's, or has the code handed to himself instead of sent.
#ifndef MUNIMENT_COMMAND_USER_MAY_VOUCH_H_
#define MUNIMENT_COMMAND_USER_MAY_VOUCH_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// It takes user.write on the user's organization, also of oneself: that one may change himself is
// not enough. And it takes all that the user may do (MayActAs), for what proves his address resets
// his password. PERMISSION_DENIED "user.write_required", "user.holds_more".
absl::Status MayVouch(Unit& unit, const Ref<User>& user);

// The same for a user who is about to be made and holds nothing.
absl::Status MayVouchIn(Unit& unit, absl::string_view organization_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MAY_VOUCH_H_
