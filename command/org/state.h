// Which states an organization may change to, for change_state.h.
#ifndef MUNIMENT_COMMAND_ORG_STATE_H_
#define MUNIMENT_COMMAND_ORG_STATE_H_

#include "absl/status/status.h"
#include "command/org/org.h"

namespace muniment::command {

// FAILED_PRECONDITION "org.not_active": nobody and nothing is added to an organization at rest.
absl::Status MustBeActive(const Org& org);

// "org.already_inactive".
absl::Status MayBecome(const Org& org, const event::v1::OrgDeactivated&);
// "org.not_inactive".
absl::Status MayBecome(const Org& org, const event::v1::OrgReactivated&);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_STATE_H_
