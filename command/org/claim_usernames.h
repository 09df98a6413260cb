// Names of other organizations' users that end in a domain which an organization proved: they would
// be login names of that organization. For the reactor "claim.domain", as the system.
#ifndef MUNIMENT_COMMAND_ORG_CLAIM_USERNAMES_H_
#define MUNIMENT_COMMAND_ORG_CLAIM_USERNAMES_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"

namespace muniment::command {

// The domains that the organization proved; none of one that is removed. What counts because nobody
// asked for a proof takes no name from anybody.
absl::StatusOr<std::set<std::string>> ProvedDomains(Unit& unit, absl::string_view organization_id);

// Which of these domains the name ends in, in any way in which names are compared; empty for none.
std::string CarriedBy(absl::string_view username, const std::set<std::string>& domains);

// Gives a temporary name to those of these users who are another organization's and whose own name
// ends in such a domain, unless login names extend it by a domain of their organization's; all
// others are passed over. The old names are free. At most as many as a commit holds events.
absl::Status ClaimUsernames(Unit& unit, absl::string_view organization_id,
                            const std::vector<std::string>& user_ids);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_CLAIM_USERNAMES_H_
