#include "command/user/update_user.h"

#include <utility>

#include "command/metadata/entries.h"
#include "command/user/may_act_as.h"
#include "command/user/profile.h"
#include "command/user/username.h"
#include "google/protobuf/util/message_differencer.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;
using zitadel::user::v2::UpdateUserRequest;
using zitadel::user::v2::UpdateUserResponse;

namespace {

using Events = std::vector<event::v1::UserEvent>;

template <class Kind>
void Push(Events& events, Kind kind) {
  SetKind(events.emplace_back(), std::move(kind));
}

bool Renames(const User& user, const UpdateUserRequest& request) {
  return request.has_username() && request.username() != user.username;
}

absl::Status CheckKind(const User& user, const UpdateUserRequest& request) {
  if (request.has_human() && user.machine) {
    return Error(absl::StatusCode::kFailedPrecondition, "user.not_human",
                 "The user is a machine, not a person.");
  }
  if (request.has_machine() && !user.machine) {
    return Error(absl::StatusCode::kFailedPrecondition, "user.not_machine",
                 "The user is a person, not a machine.");
  }
  return absl::OkStatus();
}

void DecideEmail(const User& user, const zitadel::user::v2::SetHumanEmail& email, Events& events) {
  const bool changed = email.email() != user.email;
  if (changed) {
    event::v1::EmailChanged kind;
    kind.set_email(email.email());
    Push(events, std::move(kind));
  }
  if (email.is_verified() && (changed || !user.email_verified)) {
    Push(events, event::v1::EmailVerified());
  }
}

void DecidePhone(const User& user, const zitadel::user::v2::SetHumanPhone& phone, Events& events) {
  if (phone.phone().empty()) {
    if (!user.phone.empty()) Push(events, event::v1::PhoneRemoved());
    return;
  }
  const bool changed = phone.phone() != user.phone;
  if (changed) {
    event::v1::PhoneChanged kind;
    kind.set_phone(phone.phone());
    Push(events, std::move(kind));
  }
  if (phone.is_verified() && (changed || !user.phone_verified)) {
    Push(events, event::v1::PhoneVerified());
  }
}

absl::Status DecideHuman(const User& user, const UpdateUserRequest::Human& human,
                         const NewPassword& password, Events& events) {
  if (human.has_profile()) {
    event::v1::ProfileChanged kind;
    *kind.mutable_profile() = Changed(user.profile, human.profile());
    RETURN_IF_ERROR(CheckProfile(kind.profile()));
    if (!MessageDifferencer::Equals(kind.profile(), user.profile)) Push(events, std::move(kind));
  }
  if (human.has_email()) DecideEmail(user, human.email(), events);
  if (human.has_phone()) {
    RETURN_IF_ERROR(CheckPhone(human.phone().phone()));
    DecidePhone(user, human.phone(), events);
  }
  if (!human.has_password()) return absl::OkStatus();
  if (password.hash.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "user.password_missing",
                 "Give the new password, or its hash.");
  }
  event::v1::PasswordChanged kind;
  kind.set_password_hash(password.hash);
  kind.set_change_required(password.change_required);
  Push(events, std::move(kind));
  return absl::OkStatus();
}

void DecideMachine(const User& user, const UpdateUserRequest::Machine& machine, Events& events) {
  event::v1::MachineChanged kind;
  kind.set_name(machine.has_name() ? machine.name() : user.name);
  kind.set_description(machine.has_description() ? machine.description() : user.description);
  kind.set_access_token_type(
      machine.has_access_token_type()
          ? static_cast<event::v1::AccessTokenType>(machine.access_token_type())
          : user.access_token_type);
  if (kind.name() == user.name && kind.description() == user.description &&
      kind.access_token_type() == user.access_token_type) {
    return;
  }
  Push(events, std::move(kind));
}

absl::Status CheckAuthority(Unit& unit, const Ref<User>& user, const UpdateUserRequest& request) {
  if (!unit.self_allowed() || !NeedsAuthority(*user, request)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, unit.Holds("user.write", user->organization_id));
  if (holds) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "user.write_required",
               "This change of oneself takes the permission user.write.");
}

}  // namespace

bool NeedsAuthority(const User& user, const UpdateUserRequest& request) {
  const UpdateUserRequest::Human& human = request.human();
  return human.email().is_verified() || human.phone().is_verified() || human.has_password() ||
         Renames(user, request) || request.metadata_size() > 0;
}

absl::StatusOr<Events> DecideUpdateUser(const User& user, const UpdateUserRequest& request,
                                        absl::string_view username_scope,
                                        const NewPassword& password) {
  Events events;
  RETURN_IF_ERROR(CheckKind(user, request));
  if (Renames(user, request)) {
    event::v1::UsernameChanged kind;
    kind.set_username(request.username());
    kind.set_username_scope(std::string(username_scope));
    Push(events, std::move(kind));
  }
  if (request.has_human()) {
    RETURN_IF_ERROR(DecideHuman(user, request.human(), password, events));
  }
  if (request.has_machine()) DecideMachine(user, request.machine(), events);
  return events;
}

absl::Status ChangeUser(Unit& unit, const UpdateUserRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  const std::string organization_id = user->organization_id;
  RETURN_IF_ERROR(CheckAuthority(unit, user, request));
  RETURN_IF_ERROR(CheckKind(*user, request));
  if (request.human().has_password()) RETURN_IF_ERROR(MayActAs(unit, user));
  std::string scope;
  if (Renames(*user, request)) {
    ASSIGN_OR_RETURN(scope,
                     AdmitUsername(unit, organization_id, organization_id, request.username()));
  }
  ASSIGN_OR_RETURN(const NewPassword password,
                   AdmitPassword(unit, organization_id, request.human().password()));
  ASSIGN_OR_RETURN(Events events, DecideUpdateUser(*user, request, scope, password));
  unit.Raise(user, std::move(events));
  if (request.metadata_size() == 0) return absl::OkStatus();
  return SetMetadata(unit, UserScope(user.id()), request.metadata()).status();
}

absl::StatusOr<UpdateUserResponse> UpdateUser(Unit& unit, const UpdateUserRequest& request) {
  RETURN_IF_ERROR(ChangeUser(unit, request));
  return UpdateUserResponse();
}

}  // namespace muniment::command
