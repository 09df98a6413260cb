#include "command/oidc/login_client.h"

#include "base/error.h"
#include "base/oidc_code.h"

namespace muniment::command {

absl::Status MayAnswerAs(Unit& unit, const std::string& login_client_id, bool exists,
                         absl::string_view noun) {
  bool may = !login_client_id.empty() && unit.caller().user_id == login_client_id;
  if (!may) {
    ASSIGN_OR_RETURN(may, unit.HoldsOnInstance(kLinkPermission));
  }
  if (may && exists) return absl::OkStatus();
  return NoLoginRequest(noun);
}

}  // namespace muniment::command
