// Whom somebody means who types a name to sign in.
#ifndef MUNIMENT_COMMAND_SESSION_SIGN_IN_NAME_H_
#define MUNIMENT_COMMAND_SESSION_SIGN_IN_NAME_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// The user whose login name it is in his organization's domain, else the one whose verified e-mail
// address, else the one whose verified phone number, else the one whose user name, as far as his
// organization's login policy lets him sign in so; of the organization that the call works in by
// choice, if it does. NOT_FOUND "user.not_found" for nobody, and for a name that fits several: which
// of them would be a guess.
//
// A user name that is somebody else's verified address or number means that somebody, if he proved
// it himself or they are of one organization, else nobody; and where it is verified of several, the
// only one who proved it himself, if it is his name too. So nobody catches another's sign-in by
// taking his address for a name, and no manager by saying that it is his own people's.
//
// So whoever takes for a name what another organization vouches for makes it mean nobody: of the
// two either may be the impostor, and to prefer one would hand him the other's sign-in. It ends
// where he to whom it belongs has read what was sent there, and it is not so at all where his
// organization is asked for.
absl::StatusOr<Ref<User>> UserBySignInName(Unit& unit, absl::string_view name);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SESSION_SIGN_IN_NAME_H_
