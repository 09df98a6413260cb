#include "command/user/check_code.h"

#include <utility>

#include "command/user/new_code.h"
#include "command/user/state.h"

namespace muniment::command {

namespace {

using event::v1::UserCodeEvent;

UserCodeEvent FailedKind(event::v1::CodePurpose purpose) {
  UserCodeEvent event;
  switch (purpose) {
    case event::v1::CODE_PURPOSE_PHONE: event.mutable_phone_failed(); break;
    case event::v1::CODE_PURPOSE_PASSWORD: event.mutable_password_failed(); break;
    case event::v1::CODE_PURPOSE_PASSKEY: event.mutable_passkey_failed(); break;
    case event::v1::CODE_PURPOSE_INVITE: event.mutable_invite_failed(); break;
    default: event.mutable_email_failed(); break;
  }
  return event;
}

}  // namespace

absl::Status ShowCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                      absl::string_view typed, absl::string_view code_id) {
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  const auto found = codes->pending.find(purpose);
  if (found == codes->pending.end()) return WrongCode();
  const event::v1::Code& code = found->second.code;
  if (!ReachesNow(*user, code)) return WrongCode();
  // Whoever does not know the id was sent no link to this code, and may not use up its tries.
  const bool right = IsCode(typed, code);
  if (code_id != code.code_id()) return WrongCode();
  if (!right) {
    unit.Raise(codes, FailedKind(purpose));
    return unit.Refuse(WrongCode());
  }
  return MustBeInTime(code, unit.Now());
}

absl::Status UseCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                     absl::string_view code_id) {
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  const auto found = codes->pending.find(purpose);
  if (found == codes->pending.end() || found->second.code.code_id() != code_id ||
      !ReachesNow(*user, found->second.code)) {
    return WrongCode();
  }
  event::v1::CodeUsed used;
  used.set_purpose(purpose);
  unit.Raise(codes, std::move(used));
  return absl::OkStatus();
}

absl::Status CheckCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                       absl::string_view typed) {
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  RETURN_IF_ERROR(ShowCode(unit, user, purpose, typed));
  return UseCode(unit, user, purpose);
}

}  // namespace muniment::command
