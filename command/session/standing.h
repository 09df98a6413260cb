// Whether a session acts for its user: what the gateway asked of rows before a call, asked again of
// the log by its command. What it reads joins the read set, so that a session that ends, a token
// that is replaced and a factor that is added meanwhile decide anew.
#ifndef MUNIMENT_COMMAND_SESSION_STANDING_H_
#define MUNIMENT_COMMAND_SESSION_STANDING_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/session/session.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// Asks for all that MayActBySession and PasswordChangeDue read before any of it is waited for.
void PrefetchSession(Unit& unit, const Caller& caller);

// UNAUTHENTICATED: "auth.token_invalid" for a session that ended, another user's or an older token;
// "session.credentials_changed" where CredentialsStand says no; "auth.session_unproved" for one that
// proved too little.
absl::Status MayActBySession(Unit& unit, const Caller& caller, const Ref<User>& user);

// Whether the session that the caller shows, one that may act, proved a password that its user must
// change first (base/proof.h).
absl::StatusOr<bool> PasswordChangeDue(Unit& unit, const Caller& caller, const Ref<User>& user);

// What follows came about where the session's maker says that its user sits (Unit::Report); nothing
// where he says nothing.
void ReportAgent(Unit& unit, const std::string& session_id, const Session& session);

// Whether what the session proved is of the user's credentials as they are, or the instance lets
// older ones stand.
absl::StatusOr<bool> CredentialsStand(Unit& unit, const Session& session, const User& user);

// Whether the caller proved a factor lately, in the session that he shows.
absl::StatusOr<bool> ProvedLately(Unit& unit, const Caller& caller);
// A person's session that somebody took is worth no more than itself: it makes no credential that
// outlives it, and gives nobody rights that do. OK where the caller shows no session, or one in which
// a factor was proved lately; else PERMISSION_DENIED "auth.proof_too_old".
absl::Status ShowsNoOldSession(Unit& unit);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SESSION_STANDING_H_
