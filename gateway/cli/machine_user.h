// Who holds the machine, as far as it tells: "muniment recover by uid 0 (root) for ada (sudo)". To be
// asked before the process becomes somebody else (data_owner.h).
#ifndef MUNIMENT_GATEWAY_CLI_MACHINE_USER_H_
#define MUNIMENT_GATEWAY_CLI_MACHINE_USER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace muniment::gateway {

std::string MachineUser(absl::string_view subcommand);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_MACHINE_USER_H_
