#include "command/oidc/login_client.h"

#include "base/error.h"

namespace muniment::command {

absl::Status MayAnswerAs(Unit& unit, const std::string& login_client_id, bool exists,
                         absl::string_view noun) {
  bool may = !login_client_id.empty() && unit.caller().user_id == login_client_id;
  if (!may) {
    ASSIGN_OR_RETURN(may, unit.HoldsOnInstance(kLinkPermission));
  }
  if (may && exists) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               "There is no such request.");
}

}  // namespace muniment::command
