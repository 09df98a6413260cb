#include <optional>
#include <string>
#include <utility>

#include "command/metadata/entries.h"
#include "command/user/add_human_user.h"
#include "command/user/profile.h"
#include "command/user/username.h"

namespace muniment::command {

using zitadel::user::v2::AddHumanUserRequest;
using zitadel::user::v2::CreateUserRequest;
using zitadel::user::v2::CreateUserResponse;

namespace {

// Both requests make a person of the same parts.
AddHumanUserRequest AsAddHuman(const CreateUserRequest& request) {
  const CreateUserRequest::Human& human = request.human();
  AddHumanUserRequest add;
  if (request.has_user_id()) add.set_user_id(request.user_id());
  if (request.has_username()) add.set_username(request.username());
  *add.mutable_profile() = human.profile();
  *add.mutable_email() = human.email();
  if (human.has_phone()) *add.mutable_phone() = human.phone();
  if (human.has_password()) *add.mutable_password() = human.password();
  if (human.has_hashed_password()) *add.mutable_hashed_password() = human.hashed_password();
  if (human.has_totp_secret()) add.set_totp_secret(human.totp_secret());
  for (const auto* entries : {&human.metadata(), &request.metadata()}) {
    for (const auto& entry : *entries) {
      auto& added = *add.add_metadata();
      added.set_key(entry.key());
      added.set_value(entry.value());
    }
  }
  return add;
}

event::v1::MachineAdded DecideAddMachine(const NewUserOwner& owner, absl::string_view username,
                                         absl::string_view username_scope,
                                         const CreateUserRequest& request) {
  const CreateUserRequest::Machine& machine = request.machine();
  event::v1::MachineAdded added;
  added.set_organization_id(owner.organization_id);
  added.set_username(std::string(username));
  added.set_username_scope(std::string(username_scope));
  added.set_name(machine.name());
  added.set_description(machine.description());
  added.set_access_token_type(static_cast<event::v1::AccessTokenType>(machine.access_token_type()));
  added.set_chosen_id(request.user_id());
  return added;
}

absl::StatusOr<Ref<User>> AddMachine(Unit& unit, const NewUserOwner& owner,
                                     const CreateUserRequest& request) {
  ASSIGN_OR_RETURN(
      const auto user,
      OpenNewUser(unit, request.has_user_id() ? std::optional(request.user_id()) : std::nullopt));
  const std::string username = request.has_username() ? request.username() : user.id();
  ASSIGN_OR_RETURN(const NameScopes scopes, AdmitUsername(unit, owner.organization_id,
                                                          owner.policy_organization_id, username));

  unit.Raise(user, DecideAddMachine(owner, username, scopes.scope, request));
  SettleName(unit, user, scopes);
  if (request.metadata_size() > 0) {
    RETURN_IF_ERROR(SetMetadata(unit, UserScope(user.id()), request.metadata()).status());
  }
  return user;
}

}  // namespace

absl::StatusOr<CreateUserResponse> CreateUser(Unit& unit, const CreateUserRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const NewUserOwner owner, OwnerOfNewUsers(org));
  CreateUserResponse response;
  if (request.has_human()) {
    ASSIGN_OR_RETURN(const NewHuman made, AddHuman(unit, owner, AsAddHuman(request)));
    response.set_id(made.user.id());
    AnswerCodes(made.codes, response);
  } else if (request.has_machine()) {
    ASSIGN_OR_RETURN(const auto machine, AddMachine(unit, owner, request));
    response.set_id(machine.id());
  } else {
    return Error(absl::StatusCode::kInvalidArgument, "user.type_missing",
                 "Say whether the user is a human or a machine.");
  }
  return response;
}

}  // namespace muniment::command
