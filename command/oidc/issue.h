// What is stored when tokens are handed out, in one commit.
#ifndef MUNIMENT_COMMAND_OIDC_ISSUE_H_
#define MUNIMENT_COMMAND_OIDC_ISSUE_H_

#include "absl/status/status.h"
#include "command/oidc/flow.h"

namespace muniment::command {

// Raises what the flow found to be granted, of a family that begins or goes on, and fills
// `flow.issued`.
absl::Status Issue(TokenFlow& flow);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_ISSUE_H_
