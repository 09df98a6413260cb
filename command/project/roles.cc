#include "command/project/roles.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace muniment::command {

void Fold(ProjectRoles& roles, const event::v1::ProjectRoleAdded& event) {
  roles.roles[event.key()] = {event.display_name(), event.group()};
}

void Fold(ProjectRoles& roles, const event::v1::ProjectRoleChanged& event) {
  roles.roles[event.key()] = {event.display_name(), event.group()};
}

void Fold(ProjectRoles& roles, const event::v1::ProjectRoleRemoved& event) {
  roles.roles.erase(event.key());
  roles.ending.insert(event.key());
}

void Fold(ProjectRoles& roles, const event::v1::ProjectRolesSwept&) { roles.ending.clear(); }

absl::StatusOr<std::vector<std::string>> RolesAmong(const ProjectRoles& roles, RoleKeys asked) {
  std::vector<std::string> keys;
  std::set<absl::string_view> seen;
  for (const std::string& key : asked) {
    if (!roles.Has(key)) {
      return Error(absl::StatusCode::kFailedPrecondition, "project.role_unknown",
                   "The project has no such role.");
    }
    if (seen.insert(key).second) keys.push_back(key);
  }
  return keys;
}

bool SameRoles(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

absl::Status RoleEnding() {
  return Error(absl::StatusCode::kFailedPrecondition, "project.role_ending",
               "A role of this key was taken away and is still being taken from who had it. Try "
               "again soon.");
}

absl::Status NoSuchRole() {
  return Error(absl::StatusCode::kNotFound, "project.role_not_found",
               "The project has no such role.");
}

}  // namespace muniment::command
