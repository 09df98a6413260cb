#include "command/org/name.h"

#include "base/error.h"
#include "base/text.h"

namespace muniment::command {

absl::Status CheckOrgName(absl::string_view name) {
  if (ValidName(name)) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "org.name_invalid",
               "A name shows something, has no white space at its ends and no control characters.");
}

}  // namespace muniment::command
