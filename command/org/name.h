// What an organization may be called. Pure.
#ifndef MUNIMENT_COMMAND_ORG_NAME_H_
#define MUNIMENT_COMMAND_ORG_NAME_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace muniment::command {

// INVALID_ARGUMENT "org.name_invalid".
absl::Status CheckOrgName(absl::string_view name);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_NAME_H_
