#include "command/user/add_human_user.h"

#include <utility>

#include "command/metadata/entries.h"
#include "command/user/profile.h"
#include "command/user/username.h"

namespace muniment::command {

using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::AddHumanUserResponse;

namespace {

const std::string& UsernameOf(const AddHumanUserRequest& request) {
  return request.has_username() ? request.username() : request.email().email();
}

}  // namespace

absl::StatusOr<NewUserOwner> OwnerOfNewUsers(const Ref<Org>& org) {
  if (org->active()) return NewUserOwner{org.id(), org.id()};
  return Error(absl::StatusCode::kFailedPrecondition, "org.not_active",
               "The organization is not active.");
}

absl::StatusOr<Ref<User>> OpenNewUser(Unit& unit, const std::optional<std::string>& chosen_id) {
  ASSIGN_OR_RETURN(const auto user,
                   unit.LoadOrNew<User>(chosen_id.has_value() ? *chosen_id : unit.NewId()));
  if (user->state == UserState::kNone) return user;
  return Error(absl::StatusCode::kAlreadyExists, "user.already_exists",
               "A user with this id exists or existed.");
}

event::v1::HumanAdded DecideAddHuman(const NewUserOwner& owner, absl::string_view username_scope,
                                     const AddHumanUserRequest& request, NewPassword password) {
  event::v1::HumanAdded added;
  added.set_organization_id(owner.organization_id);
  added.set_username(UsernameOf(request));
  added.set_username_scope(std::string(username_scope));
  *added.mutable_profile() = NewProfile(request.profile());
  added.set_email(request.email().email());
  added.set_email_verified(request.email().is_verified());
  added.set_phone(request.phone().phone());
  added.set_phone_verified(request.phone().is_verified() && !added.phone().empty());
  added.set_password_hash(std::move(password.hash));
  added.set_password_change_required(password.change_required);
  return added;
}

absl::StatusOr<Ref<User>> AddHuman(Unit& unit, const NewUserOwner& owner,
                                   const AddHumanUserRequest& request) {
  RETURN_IF_ERROR(CheckProfile(NewProfile(request.profile())));
  RETURN_IF_ERROR(CheckPhone(request.phone().phone()));
  ASSIGN_OR_RETURN(
      const auto user,
      OpenNewUser(unit, request.has_user_id() ? std::optional(request.user_id()) : std::nullopt));
  ASSIGN_OR_RETURN(const std::string scope,
                   AdmitUsername(unit, owner.organization_id, owner.policy_organization_id,
                                 UsernameOf(request)));
  ASSIGN_OR_RETURN(NewPassword password,
                   AdmitPassword(unit, owner.policy_organization_id, request));

  unit.Raise(user, DecideAddHuman(owner, scope, request, std::move(password)));
  if (request.metadata_size() > 0) {
    RETURN_IF_ERROR(SetMetadata(unit, UserScope(user.id()), request.metadata()).status());
  }
  return user;
}

absl::StatusOr<AddHumanUserResponse> AddHumanUser(Unit& unit, const AddHumanUserRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const NewUserOwner owner, OwnerOfNewUsers(org));
  ASSIGN_OR_RETURN(const auto user, AddHuman(unit, owner, request));
  AddHumanUserResponse response;
  response.set_user_id(user.id());
  return response;
}

}  // namespace muniment::command
