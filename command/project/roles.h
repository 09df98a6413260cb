// A project's roles, as decisions see them.
#ifndef MUNIMENT_COMMAND_PROJECT_ROLES_H_
#define MUNIMENT_COMMAND_PROJECT_ROLES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "google/protobuf/repeated_field.h"
#include "muniment/event/v1/project.visit.h"

namespace muniment::command {

using RoleKeys = const google::protobuf::RepeatedPtrField<std::string>&;

struct ProjectRoles {
  using Event = event::v1::ProjectRoleEvent;
  static constexpr absl::string_view kNoun = "project.role";

  struct Role {
    std::string display_name;
    std::string group;
  };
  std::map<std::string, Role, std::less<>> roles;  // by key
  // Removed, and still named by grants and authorizations.
  std::set<std::string, std::less<>> ending;

  bool exists() const { return !roles.empty(); }
  bool Has(absl::string_view key) const { return roles.find(key) != roles.end(); }
  size_t bytes() const { return (roles.size() + ending.size()) * 192; }
};

void Fold(ProjectRoles& roles, const event::v1::ProjectRoleAdded& event);
void Fold(ProjectRoles& roles, const event::v1::ProjectRoleChanged& event);
void Fold(ProjectRoles& roles, const event::v1::ProjectRoleRemoved& event);
void Fold(ProjectRoles& roles, const event::v1::ProjectRolesSwept& event);

// ALREADY_EXISTS "project.role_exists", FAILED_PRECONDITION "project.role_ending" and
// "project.too_many_roles".
absl::Status AddRole(Unit& unit, const Ref<ProjectRoles>& roles,
                     event::v1::ProjectRoleAdded added);

// Keys as they were asked for, each once. FAILED_PRECONDITION "project.role_unknown" for one that the
// project has not.
absl::StatusOr<std::vector<std::string>> RolesAmong(const ProjectRoles& roles, RoleKeys asked);

// Of lists that hold each key once: whatever their order.
bool SameRoles(const std::vector<std::string>& a, const std::vector<std::string>& b);
// FAILED_PRECONDITION "project.role_ending": what had the role may name it still.
absl::Status RoleEnding();
// NOT_FOUND "project.role_not_found".
absl::Status NoSuchRole();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_PROJECT_ROLES_H_
