// The one guard before anybody decides what only a user's mailbox or telephone could prove: he says
// that an address is the user's, or has the code handed to himself instead of sent.
#ifndef MUNIMENT_COMMAND_USER_MAY_VOUCH_H_
#define MUNIMENT_COMMAND_USER_MAY_VOUCH_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// It takes user.write on the user's organization, and all that the user may do (MayActAs), for what
// proves his address resets his password. Nobody does it for himself, whatever he holds: then it would
// prove nothing. PERMISSION_DENIED "user.write_required", "user.holds_more", "user.vouches_for_himself".
absl::Status MayVouch(Unit& unit, const Ref<User>& user);

// The same but for what one may decide over oneself with that permission: that the link in his own
// mail leads to a page elsewhere.
absl::Status MayManage(Unit& unit, const Ref<User>& user);

// The same for a user who is about to be made and holds nothing.
absl::Status MayVouchIn(Unit& unit, absl::string_view organization_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MAY_VOUCH_H_
