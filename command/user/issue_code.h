// Makes a code for a user within a command: one of a purpose counts at a time, and this one is it.
//
//   ASSIGN_OR_RETURN(const std::string code,
//                    IssueCode(unit, user, {.purpose = event::v1::CODE_PURPOSE_EMAIL,
//                                           .channel = event::v1::CODE_CHANNEL_EMAIL,
//                                           .address = user->email}));
//
// The event asks for the message (muniment.work on its kind) and holds what it takes. Whoever is to
// have the code in his answer must be one who may vouch for the user (may_vouch.h); nobody else
// sees it. Messages are throttled, by mail and by SMS each; what is returned is not.
#ifndef MUNIMENT_COMMAND_USER_ISSUE_CODE_H_
#define MUNIMENT_COMMAND_USER_ISSUE_CODE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "command/unit.h"
#include "command/user/codes.h"
#include "command/user/user.h"

namespace muniment::command {

struct CodeOrder {
  event::v1::CodePurpose purpose = event::v1::CODE_PURPOSE_UNSPECIFIED;
  event::v1::CodeChannel channel = event::v1::CODE_CHANNEL_UNSPECIFIED;
  // What it proves or where it goes; once the user has another, the code is worth nothing.
  std::string address = {};
  std::string url_template = {};  // empty: the login's own page
  std::string code_id = {};
  std::string application_name = {};
};

// The code where it is to be returned, else "". INVALID_ARGUMENT "template.malformed",
// "template.unknown_variable", "url_template.invalid"; RESOURCE_EXHAUSTED "code.sent_too_often"
// with the fact kRetryAfter; those of MayVouch, also for a link to a page elsewhere (link.h)
// that is not already in the code which this one replaces.
absl::StatusOr<std::string> IssueCode(Unit& unit, const Ref<User>& user, CodeOrder order);

// Those of the pending codes that `which` names prove nothing any more.
absl::Status VoidCodes(
    Unit& unit, const Ref<User>& user,
    absl::FunctionRef<bool(event::v1::CodePurpose, const event::v1::Code&)> which);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_ISSUE_CODE_H_
