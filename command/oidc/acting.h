// Whether an access token acts for its user: what the gateway asked of rows before a call, asked again
// of the log by its command, as standing.h does for sessions. What it reads joins the read set.
#ifndef MUNIMENT_COMMAND_OIDC_ACTING_H_
#define MUNIMENT_COMMAND_OIDC_ACTING_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/caller.h"
#include "command/oidc/token_family.h"
#include "command/unit.h"

namespace muniment::command {

// UNAUTHENTICATED "auth.token_invalid" for a token that ended, or whose family, session, credential or
// client did.
absl::Status MayActByToken(Unit& unit, const Caller& caller, const Ref<TokenFamily>& family);

// Whether what the family came of stands: its user, what proved him, its client, and of one that was
// exchanged what stands behind it. Of who acts for another the gateway asks alone (live_token.h): such a
// token calls no command.
absl::StatusOr<bool> GrantStands(Unit& unit, const Ref<TokenFamily>& family);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_ACTING_H_
