// What a user may be named, and where the name is his alone.
#ifndef MUNIMENT_COMMAND_USER_USERNAME_H_
#define MUNIMENT_COMMAND_USER_USERNAME_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/policy/name_scopes.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// The domains that a name ends in, as domains stand in events: as it is written, and as names are
// compared, which joins more (ss and ß, forms of the @). None for a name without one.
std::set<std::string> DomainsOfUsername(absl::string_view username);

// Whether the name ends in a domain that another organization proved, or has of the instance
// (DomainHolder): by itself it would be a login name of that organization.
absl::StatusOr<bool> EndsInAnothersDomain(Unit& unit, absl::string_view organization_id,
                                          absl::string_view username);

// Where a name counts that a user of the organization may have: what gives it to him stands in
// `scope`, and SettleName follows. Settings are those of `policy_organization_id`, of the instance
// where that is empty. INVALID_ARGUMENT "user.username_invalid" (ValidUsername, base/names.h);
// FAILED_PRECONDITION "user.username_domain_claimed" for a name that ends in another's domain, where
// login names are user names alone or are to be.
absl::StatusOr<NameScopes> AdmitUsername(Unit& unit, absl::string_view organization_id,
                                         absl::string_view policy_organization_id,
                                         absl::string_view username);

// Has the user's name claimed wherever it counts or is to count, and nowhere else. Raises nothing where
// that is so, as of everybody while no names are on the move.
void SettleName(Unit& unit, const Ref<User>& user, const NameScopes& scopes);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_USERNAME_H_
