#include "command/chosen_id.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment::command {

absl::Status CheckChosenId(absl::string_view noun, absl::string_view id) {
  if (ValidName(id) && !absl::StartsWith(id, "/")) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat(noun, ".id_invalid"),
               absl::StrCat("This can be no id of the kind: ", noun, "."));
}

}  // namespace muniment::command
