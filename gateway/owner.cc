#include "gateway/owner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "command/instance/instance.h"
#include "command/instance/owners.h"
#include "command/org/org.h"
#include "command/session/sign_in_name.h"
#include "command/user/clear_checks.h"
#include "command/user/machine_credentials.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "command/user/username.h"

namespace muniment::gateway {
namespace {

using command::Org;
using command::Ref;
using command::Unit;
using command::User;

absl::Status AddToken(Unit& unit, const std::string& user_id, const std::string& organization_id,
                      const Secret& secret, absl::Time expiration) {
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<command::UserTokens>(user_id));
  event::v1::PersonalAccessTokenAdded token;
  token.set_token_id(unit.NewId());
  token.set_token_hash(command::TokenHash(secret.reveal()));
  token.set_organization_id(organization_id);
  token.mutable_expiration()->set_seconds(absl::ToUnixSeconds(expiration));
  unit.Raise(tokens, std::move(token));
  return absl::OkStatus();
}

absl::Status AddKey(Unit& unit, const std::string& user_id, const std::string& organization_id,
                    const NewMachineKey& key) {
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<command::MachineCredentials>(user_id));
  event::v1::MachineKeyAdded added;
  added.set_key_id(key.id);
  added.set_public_key(key.public_pem);
  added.set_organization_id(organization_id);
  added.mutable_expiration()->set_seconds(absl::ToUnixSeconds(key.expiration));
  unit.Raise(credentials, std::move(added));
  return absl::OkStatus();
}

absl::Status WakeOrganization(Unit& unit, const std::string& id, Recovered& done) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(id));
  if (!org.exists()) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.removed",
                 "The user's organization is removed, and with it all that he could do.");
  }
  if (org->active()) return absl::OkStatus();
  unit.Raise(org, event::v1::OrgReactivated());
  done.done.push_back(absl::StrCat("activated the organization ", org->name));
  return absl::OkStatus();
}

absl::StatusOr<Ref<User>> FindUser(Unit& unit, const std::string& name) {
  ASSIGN_OR_RETURN(const auto by_id, unit.LoadAny<User>(name));
  if (by_id.exists()) return by_id;
  const absl::StatusOr<Ref<User>> named = command::UserBySignInName(unit, name);
  if (Reason(named.status()) != "user.not_found") return named;
  return Error(absl::StatusCode::kNotFound, "user.not_found",
               absl::StrCat("No user, or more than one, has the id or the login name \"", name,
                            "\"."));
}

absl::Status WakeUser(Unit& unit, const Ref<User>& user, Recovered& done) {
  if (user->state == command::UserState::kInactive) {
    unit.Raise(user, event::v1::UserReactivated());
    done.done.emplace_back("reactivated the user");
  } else if (user->state == command::UserState::kLocked) {
    unit.Raise(user, event::v1::UserUnlocked());
    done.done.emplace_back("unlocked the user");
  }
  // Else the next wrong password would lock him out again.
  return command::ClearChecks(unit, user);
}

}  // namespace

zitadel::user::v2::CreateUserRequest MachineRequest(const std::string& organization_id,
                                                    const NewMachine& machine) {
  zitadel::user::v2::CreateUserRequest request;
  request.set_organization_id(organization_id);
  request.set_username(machine.username);
  request.mutable_machine()->set_name(machine.name.empty() ? machine.username : machine.name);
  return request;
}

absl::StatusOr<std::string> AddMachine(Unit& unit, const std::string& organization_id,
                                       const NewMachine& machine) {
  const auto request = MachineRequest(organization_id, machine);
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const auto user,
                   unit.LoadOrNew<User>(machine.id.empty() ? unit.NewId() : machine.id));
  ASSIGN_OR_RETURN(const command::NameScopes scopes,
                   command::NameScopesOf(unit, organization_id));
  event::v1::MachineAdded added;
  added.set_organization_id(organization_id);
  added.set_username(request.username());
  added.set_username_scope(scopes.scope);
  added.set_name(request.machine().name());
  unit.Raise(user, std::move(added));
  command::SettleName(unit, user, scopes);
  RETURN_IF_ERROR(
      AddToken(unit, user.id(), organization_id, machine.token, machine.token_expiration));
  if (machine.key.has_value()) {
    RETURN_IF_ERROR(AddKey(unit, user.id(), organization_id, *machine.key));
  }
  return user.id();
}

void MakeOwner(Unit& unit, const Ref<command::Members>& members, const std::string& user_id) {
  std::vector<std::string> roles = members->RolesOf(user_id);
  if (std::find(roles.begin(), roles.end(), kOwnerRole) != roles.end()) return;
  roles.emplace_back(kOwnerRole);
  const auto filled = [&](auto event) {
    event.set_user_id(user_id);
    event.mutable_role()->Assign(roles.begin(), roles.end());
    return event;
  };
  if (roles.size() == 1) return unit.Raise(members, filled(event::v1::MemberAdded()));
  unit.Raise(members, filled(event::v1::MemberChanged()));
}

absl::Status Recover(Unit& unit, const Recovery& wanted, Recovered& done) {
  done = {};
  ASSIGN_OR_RETURN(const auto instance,
                   unit.LoadAny<command::Instance>(command::InstanceScope()));
  if (!instance.exists()) {
    return Error(absl::StatusCode::kNotFound, "instance.not_found",
                 "The log has no instance yet: `muniment start` makes the first one.");
  }
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<command::Members>(command::InstanceScope()));
  if (wanted.user.empty()) {
    const std::string& organization = instance->default_organization_id;
    RETURN_IF_ERROR(WakeOrganization(unit, organization, done));
    // No name that could be taken.
    done.username = absl::StrCat("recovery-", unit.NewId());
    const NewMachine machine = {done.username, "Made by muniment recover", wanted.token,
                                wanted.expiration};
    ASSIGN_OR_RETURN(done.user_id, AddMachine(unit, organization, machine));
    done.machine = true;
  } else {
    ASSIGN_OR_RETURN(const auto user, FindUser(unit, wanted.user));
    RETURN_IF_ERROR(WakeOrganization(unit, user->organization_id, done));
    RETURN_IF_ERROR(WakeUser(unit, user, done));
    done.user_id = user.id();
    done.username = user->username;
    done.machine = user->machine;
    if (user->machine) {
      RETURN_IF_ERROR(AddToken(unit, user.id(), user->organization_id, wanted.token,
                               wanted.expiration));
    }
  }
  MakeOwner(unit, members, done.user_id);
  return absl::OkStatus();
}

}  // namespace muniment::gateway
