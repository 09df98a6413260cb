// Which states an application may change to, for change_state.h.
#ifndef MUNIMENT_COMMAND_APPLICATION_STATE_H_
#define MUNIMENT_COMMAND_APPLICATION_STATE_H_

#include "absl/status/status.h"
#include "command/application/application.h"

namespace muniment::command {

// "application.already_inactive", "application.not_inactive".
absl::Status MayBecome(const Application& application, const event::v1::ApplicationDeactivated&);
absl::Status MayBecome(const Application& application, const event::v1::ApplicationReactivated&);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_APPLICATION_STATE_H_
