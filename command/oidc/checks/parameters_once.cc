#include "command/oidc/authorize_flow.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status ParametersOnce(TokenFlow& flow) { return EachOnce(flow.request); }

absl::Status AskedOnce(AuthorizeFlow& flow) { return EachOnce(flow.request); }

}  // namespace muniment::command
