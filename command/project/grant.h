// What one organization is granted of a project, as decisions see it.
#ifndef MUNIMENT_COMMAND_PROJECT_GRANT_H_
#define MUNIMENT_COMMAND_PROJECT_GRANT_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/project/roles.h"
#include "command/unit.h"
#include "muniment/event/v1/project.visit.h"

namespace muniment::command {

enum class GrantState { kNone, kActive, kInactive, kRemoved };

struct ProjectGrant {
  using Event = event::v1::ProjectGrantEvent;
  static constexpr absl::string_view kNoun = "project_grant";

  GrantState state = GrantState::kNone;
  std::string project_id;
  std::string grant_id;
  std::string organization_id;  // who owns the project
  std::string granted_organization_id;
  std::vector<std::string> role_keys;
  // Taken away, and still named by authorizations.
  std::set<std::string, std::less<>> ending;
  bool swept = false;

  bool exists() const { return state == GrantState::kActive || state == GrantState::kInactive; }
  bool active() const { return state == GrantState::kActive; }
  size_t bytes() const { return (role_keys.size() + ending.size()) * 64; }
};

void Fold(ProjectGrant& grant, const event::v1::ProjectGrantAdded& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantChanged& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantCascadeChanged& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantDeactivated& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantReactivated& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantRemoved& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantSwept& event);
void Fold(ProjectGrant& grant, const event::v1::ProjectGrantRolesSwept& event);

inline absl::string_view OwnerOf(const ProjectGrant& grant) { return grant.organization_id; }

// The id of its aggregate: "project/grant".
std::string ProjectGrantId(absl::string_view project_id, absl::string_view grant_id);

// The grant of the project to the organization. NOT_FOUND "project_grant.not_found".
absl::StatusOr<Ref<ProjectGrant>> LoadProjectGrant(Unit& unit, absl::string_view project_id,
                                                   absl::string_view organization_id);

// Grants the target of the method's rule to the organization, under the chosen id or where that is
// empty a new one; the grant's id. NOT_FOUND "org.not_found"; INVALID_ARGUMENT
// "project_grant.to_owner"; ALREADY_EXISTS "project_grant.already_exists"; the errors of RolesAmong
// (roles.h).
absl::StatusOr<std::string> GrantProject(Unit& unit, const std::string& organization_id,
                                         RoleKeys role_keys, const std::string& chosen_id = "");

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_PROJECT_GRANT_H_
