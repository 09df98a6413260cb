#include "command/user/check_code.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/code.h"
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

// As it was typed, where it was made of upper case alone: the settings may be others by now.
bool Same(absl::string_view typed, absl::string_view code) {
  CodeGenerator shape;
  shape.lower_letters = std::any_of(code.begin(), code.end(), absl::ascii_islower);
  return SameCode(shape, typed, code);
}

absl::Status Invalid() {
  return Error(absl::StatusCode::kInvalidArgument, "code.invalid",
               "The code is wrong, was used, or was replaced by another.");
}

}  // namespace

absl::Status CheckCode(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose,
                       absl::string_view typed, absl::string_view code_id) {
  RETURN_IF_ERROR(MustBeActive(*user));
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  const auto found = codes->pending.find(purpose);
  if (found == codes->pending.end()) return Invalid();
  const UserCodes::Pending& pending = found->second;
  if (!ReachesNow(*user, pending.code)) return Invalid();
  if (!Same(typed, pending.code.code()) || code_id != pending.code.code_id()) {
    unit.Raise(codes, FailedKind(purpose));
    return unit.Refuse(Invalid());
  }
  if (unit.Now() >= pending.expires()) {
    return Error(absl::StatusCode::kInvalidArgument, "code.expired",
                 "The code's time is over; ask for a new one.");
  }
  event::v1::CodeUsed used;
  used.set_purpose(purpose);
  unit.Raise(codes, std::move(used));
  return absl::OkStatus();
}

}  // namespace muniment::command
