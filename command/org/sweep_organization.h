// What ends with an organization. Its authority ends with its removal; a commit has room for so
// many events, so what it owned is swept after, by the reactor of that name, as the system.
#ifndef MUNIMENT_COMMAND_ORG_SWEEP_ORGANIZATION_H_
#define MUNIMENT_COMMAND_ORG_SWEEP_ORGANIZATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/org/org.h"
#include "command/unit.h"

namespace muniment::command {

// With its removal: its domains, whose claims are free then, and its metadata, by at most `most`
// events. True: that was all.
absl::StatusOr<bool> EndNames(Unit& unit, const std::string& organization_id, size_t most);

// Of a removed organization: ends what it owns but its people, names, settings and managers, as
// much as one commit has room for. True: that was all.
absl::StatusOr<bool> SweepOwned(Unit& unit, const std::string& organization_id);

// Of a removed organization: removes those of these users that are its own, as many as one commit
// has room for, in their order. Whoever is gone, or another's, is passed over.
absl::Status SweepUsers(Unit& unit, const std::string& organization_id,
                        const std::vector<std::string>& user_ids);

// The outcome, when nothing of it is left. Nothing is raised when it stands already.
absl::Status RaiseOrgSwept(Unit& unit, absl::string_view organization_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_SWEEP_ORGANIZATION_H_
