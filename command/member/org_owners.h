// Of every organization somebody is left who owns it: another with ORG_OWNER who is active. What
// takes an owner away asks here first: his roles (KeepsAnOwnerOf in
// command/internal_permission/resource.h), and he himself.
//
// Whoever holds org.member.delete on the instance may leave an organization to the instance. The
// streams that decided are in the read set: of two owners who remove each other at the same moment
// one is told no. Not asked is whoever ends or rests an organization, for what its people own beside
// it (ARCHITECTURE.md): for the instance he is (command/instance/owners.h).
// Errors: FAILED_PRECONDITION "org.last_owner".
#ifndef MUNIMENT_COMMAND_MEMBER_ORG_OWNERS_H_
#define MUNIMENT_COMMAND_MEMBER_ORG_OWNERS_H_

#include <string>

#include "absl/status/status.h"
#include "command/member/members.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// Of the one organization whose members these are, and of whom the user is one with ORG_OWNER.
absl::Status KeepsAnOrgOwner(Unit& unit, const Members& members, const std::string& user_id);

// Of all that the user owns: the instance (command/instance/owners.h), and each organization. For
// what ends, locks or deactivates him.
absl::Status KeepsOwnersWithout(Unit& unit, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MEMBER_ORG_OWNERS_H_
