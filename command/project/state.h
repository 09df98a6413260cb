// Which states a project and a grant of one may change to, for change_state.h.
#ifndef MUNIMENT_COMMAND_PROJECT_STATE_H_
#define MUNIMENT_COMMAND_PROJECT_STATE_H_

#include "absl/status/status.h"
#include "command/project/grant.h"
#include "command/project/project.h"

namespace muniment::command {

// "project.already_inactive", "project.not_inactive".
absl::Status MayBecome(const Project& project, const event::v1::ProjectDeactivated&);
absl::Status MayBecome(const Project& project, const event::v1::ProjectReactivated&);
// "project_grant.already_inactive", "project_grant.not_inactive".
absl::Status MayBecome(const ProjectGrant& grant, const event::v1::ProjectGrantDeactivated&);
absl::Status MayBecome(const ProjectGrant& grant, const event::v1::ProjectGrantReactivated&);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_PROJECT_STATE_H_
