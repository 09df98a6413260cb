#include "command/user/may_vouch.h"

#include "command/user/may_act_as.h"

namespace muniment::command {

absl::Status MayVouchIn(Unit& unit, absl::string_view organization_id) {
  ASSIGN_OR_RETURN(const bool holds, unit.Holds("user.write", organization_id));
  if (holds) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "user.write_required",
               "This takes the permission user.write, also over oneself.");
}

absl::Status MayVouch(Unit& unit, const Ref<User>& user) {
  RETURN_IF_ERROR(MayManage(unit, user));
  if (unit.caller().user_id != user.id()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "user.vouches_for_himself",
               "Nobody vouches for himself: prove it by the code, or by the current password.");
}

absl::Status MayManage(Unit& unit, const Ref<User>& user) {
  RETURN_IF_ERROR(MayVouchIn(unit, user->organization_id));
  return MayActAs(unit, user);
}

}  // namespace muniment::command
