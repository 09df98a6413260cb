// Setting what has a say in where names of users count: the domain policy, and an organization's
// settings. Where it makes them count elsewhere, or become login names by themselves, it is not set at
// once: a move is begun (move_names.h), which ends with it.
//
//   RETURN_IF_ERROR(SetDomainPolicy(unit, OrgScope(org.id()), std::move(wanted)));
//
// The same again raises nothing, and so does what is being moved to. Errors:
//   FAILED_PRECONDITION "policy.domain.moving"        names are on the move there already
//   FAILED_PRECONDITION "policy.domain.names_taken"   names that could not count there, of as many users
//                                                     as the fact "conflicts" says; the first 20 of them
//                                                     and their names are the facts "user_ids" (parted
//                                                     by a space) and "names" (by " / ", which no name
//                                                     holds), for callers who may read them
//   PERMISSION_DENIED "auth.permission_denied"        the domain policy of an organization, for who may
//                                                     only set what else it has
#ifndef MUNIMENT_COMMAND_POLICY_DOMAIN_POLICY_H_
#define MUNIMENT_COMMAND_POLICY_DOMAIN_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/policy/settings.h"
#include "command/unit.h"

namespace muniment::command {

// Of the instance, or of an organization.
absl::Status SetDomainPolicy(Unit& unit, const Scope& scope, event::v1::DomainPolicy wanted);

// Back to the instance's. NOT_FOUND "policy.domain.not_found" where the organization has none of its
// own.
absl::Status ResetDomainPolicy(Unit& unit, absl::string_view organization_id);

// Absent: nothing is said of the organization any more.
absl::Status ChangeOrganizationSettings(Unit& unit, absl::string_view organization_id,
                                        std::optional<event::v1::OrganizationSettings> wanted);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_DOMAIN_POLICY_H_
