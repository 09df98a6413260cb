// Somebody is always left who administers the instance. A member of the instance with IAM_OWNER
// counts while he can act: he and his organization are active, and he has a token that has not
// expired; or, of a person, a password or a passkey, where somebody with such a token may, by a
// published role, sign people in for him, as making a session takes one. Keys and secrets of machines
// count for nothing while no endpoint takes them. A command that takes that away asks here first:
//
//   ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
//   RETURN_IF_ERROR(KeepsAnOwner(unit, {.user_id = user.id()}));
//
// The streams that decided are in the read set: of two owners who remove each other at the same
// moment one is told no. Whoever is no owner, and an owner who cannot act, can always be taken away;
// for the former nothing is read but the instance's members, which say who the caller is.
// Errors: FAILED_PRECONDITION "instance.last_owner".
//
// Time takes tokens away without a command. `muniment recover` is for what no rule can prevent.
#ifndef MUNIMENT_COMMAND_INSTANCE_OWNERS_H_
#define MUNIMENT_COMMAND_INSTANCE_OWNERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/access.h"
#include "command/unit.h"

namespace muniment::command {

// What a command is about to take away: a user, one of his credentials, or all of an organization.
struct Loss {
  std::string user_id = {};
  // One of these, of the user; none: the user himself.
  std::string token_id = {};
  std::string passkey_id = {};
  std::string organization_id = {};

  bool of_credential() const { return !token_id.empty() || !passkey_id.empty(); }
};

absl::Status KeepsAnOwner(Unit& unit, const Loss& loss);

// Whether the user could act as an owner now, would he be one. `without`: what does not count.
absl::StatusOr<bool> CanAct(Unit& unit, const std::string& user_id, const Loss& without = {});

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_INSTANCE_OWNERS_H_
