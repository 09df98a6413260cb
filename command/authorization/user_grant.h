// A user's roles of a project within an organization, as decisions see them.
#ifndef MUNIMENT_COMMAND_AUTHORIZATION_USER_GRANT_H_
#define MUNIMENT_COMMAND_AUTHORIZATION_USER_GRANT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/project/grant.h"
#include "command/project/roles.h"
#include "command/unit.h"
#include "muniment/event/v1/user_grant.visit.h"

namespace muniment::command {

struct UserGrant {
  using Event = event::v1::UserGrantEvent;
  static constexpr absl::string_view kNoun = "authorization";
  static constexpr TargetKind kTarget = TARGET_AUTHORIZATION;

  GrantState state = GrantState::kNone;
  std::string user_id;
  std::string project_id;
  std::string organization_id;   // within which
  std::string project_grant_id;  // empty within the project's own
  std::string within;            // the project's id, or "project/grant"
  std::vector<std::string> role_keys;

  bool exists() const { return state == GrantState::kActive || state == GrantState::kInactive; }
  bool active() const { return state == GrantState::kActive; }
  size_t bytes() const { return role_keys.size() * 64; }
};

void Fold(UserGrant& grant, const event::v1::UserGrantAdded& event);
void Fold(UserGrant& grant, const event::v1::UserGrantChanged& event);
void Fold(UserGrant& grant, const event::v1::UserGrantCascadeChanged& event);
void Fold(UserGrant& grant, const event::v1::UserGrantDeactivated& event);
void Fold(UserGrant& grant, const event::v1::UserGrantReactivated& event);
void Fold(UserGrant& grant, const event::v1::UserGrantRemoved& event);
void Fold(UserGrant& grant, const event::v1::UserGrantCascadeRemoved& event);

inline absl::string_view OwnerOf(const UserGrant& grant) { return grant.organization_id; }

// "authorization.already_inactive", "authorization.not_inactive".
absl::Status MayBecome(const UserGrant& grant, const event::v1::UserGrantDeactivated&);
absl::Status MayBecome(const UserGrant& grant, const event::v1::UserGrantReactivated&);

// Where the roles come from that may be given: the project itself, or a grant of it.
struct RoleSource {
  std::string organization_id;
  std::string project_grant_id;
  std::string within;
};

// Keys that somebody who has `held` may be given now, each once. FAILED_PRECONDITION
// "project.inactive" and "project_grant.inactive" where one of them is new, "project.role_unknown" and
// "project_grant.role_missing"; NOT_FOUND "project_grant.not_found" for a grant that is gone. What
// decides is in the read set.
absl::StatusOr<std::vector<std::string>> RolesToGive(Unit& unit, const std::string& project_id,
                                                     const RoleSource& source, RoleKeys asked,
                                                     const std::vector<std::string>& held);

// Replaces its roles; the same again raise no event. The errors of RolesToGive.
absl::Status GiveRoles(Unit& unit, const Ref<UserGrant>& grant, RoleKeys asked);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_AUTHORIZATION_USER_GRANT_H_
