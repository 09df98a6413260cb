// What hangs on a project is brought to what stands of it: a grant or an authorization whose project,
// grant or organization was removed ends, and one that names roles which were taken away loses them.
// Of sweeps (gateway/reactors); authority is decided without any of it, when it is asked for.
//
//   RETURN_IF_ERROR(SettleGrants(unit, ids));
//
// Each raises an event at most for each id, and none for what is as it should be. As the system.
#ifndef MUNIMENT_COMMAND_PROJECT_SETTLE_H_
#define MUNIMENT_COMMAND_PROJECT_SETTLE_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"

namespace muniment::command {

// Projects of organizations that were removed are removed.
absl::Status SettleProjects(Unit& unit, const std::vector<std::string>& ids);
// Ids are "project/grant".
absl::Status SettleGrants(Unit& unit, const std::vector<std::string>& ids);
absl::Status SettleAuthorizations(Unit& unit, const std::vector<std::string>& ids);
// Nobody manages a project, or a grant, that was removed. False while some are left.
absl::StatusOr<bool> EndManagers(Unit& unit, const Scope& scope);

// Nothing that hung on it is left.
absl::Status RaiseProjectSwept(Unit& unit, absl::string_view project_id);
absl::Status RaiseGrantSwept(Unit& unit, absl::string_view id);

// Roles that were taken away, of a project or of a grant, and are still being swept out of what names
// them.
using RoleSet = std::set<std::string, std::less<>>;
absl::StatusOr<RoleSet> EndingRoles(Unit& unit, const Scope& scope);
// Nothing names these any more, which were all that there were. False where there are others by now:
// raises nothing.
absl::StatusOr<bool> RaiseRolesSwept(Unit& unit, const Scope& scope, const RoleSet& swept);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_PROJECT_SETTLE_H_
