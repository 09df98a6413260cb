// Where a message with a code may lead: to the instance's own pages, or to whatever page somebody
// names who could have the code in his hand anyway. A link in a genuine message is followed, and
// the page that it leads to reads the code.
#ifndef MUNIMENT_COMMAND_USER_LINK_H_
#define MUNIMENT_COMMAND_USER_LINK_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/template.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "muniment/event/v1/credential.pb.h"

namespace muniment::command {

// Empty: the login's own page. INVALID_ARGUMENT as CheckUrlTemplate says; for a page elsewhere what
// `may_be_told` says, which judges whoever asks for the code itself.
absl::Status MayLinkTo(Unit& unit, const std::string& url_template, UrlKind kind,
                       absl::FunctionRef<absl::Status()> may_be_told);

// Whether the pending code of that purpose went to the user's address alone: whoever shows it has
// read what arrives there.
absl::StatusOr<bool> WentToUser(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_LINK_H_
