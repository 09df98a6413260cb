// What a user may be named, and where the name stands once.
#ifndef MUNIMENT_COMMAND_USER_USERNAME_H_
#define MUNIMENT_COMMAND_USER_USERNAME_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/policy/settings.h"
#include "command/unit.h"

namespace muniment::command {

// The scope of a name in an organization: the organization where login names carry its domain, else
// the instance, which is empty.
std::string UsernameScope(const DomainPolicy& policy, absl::string_view organization_id);

// The domains that a name ends in, as domains stand in events: as it is written, and as names are
// compared, which joins more (ss and ß, forms of the @). None for a name without one.
std::set<std::string> DomainsOfUsername(absl::string_view username);

// The scope of a name that a user of the organization may have. Settings are those of
// `policy_organization_id`, of the instance where that is empty. INVALID_ARGUMENT
// "user.username_invalid" (ValidUsername, base/names.h); where names are unique in the instance,
// FAILED_PRECONDITION "user.username_domain_claimed" for a name that ends in a domain which another
// organization proved, or has of the instance: it would be a login name of that organization.
absl::StatusOr<std::string> AdmitUsername(Unit& unit, absl::string_view organization_id,
                                          absl::string_view policy_organization_id,
                                          absl::string_view username);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_USERNAME_H_
