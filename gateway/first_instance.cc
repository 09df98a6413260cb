#include "gateway/first_instance.h"

#include <google/protobuf/empty.pb.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "command/instance/instance.h"
#include "command/instance/owners.h"
#include "command/member/members.h"
#include "command/org/default_domain.h"
#include "command/org/org.h"
#include "command/policy/defaults.h"
#include "command/user/add_human_user.h"
#include "command/user/tokens.h"
#include "gateway/api/host.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::gateway {
namespace {

using command::Ref;
using command::Unit;

absl::Status AddInstance(Unit& unit, const FirstInstance& wanted,
                         absl::string_view organization_id) {
  ASSIGN_OR_RETURN(const auto instance,
                   unit.LoadAny<command::Instance>(command::InstanceScope()));
  if (instance.exists()) {
    return Error(absl::StatusCode::kAlreadyExists, "instance.exists",
                 "The first instance was made by another node.");
  }
  event::v1::InstanceAdded added;
  added.set_name(wanted.name);
  unit.Raise(instance, std::move(added));
  for (const std::string& domain : wanted.domains) {
    event::v1::InstanceDomainAdded domain_added;
    domain_added.set_domain(domain);
    unit.Raise(instance, std::move(domain_added));
  }
  event::v1::InstanceDomainPrimarySet primary;
  primary.set_domain(wanted.domains.front());
  unit.Raise(instance, std::move(primary));
  event::v1::InstanceDefaultLanguageSet language;
  language.set_language(wanted.language);
  unit.Raise(instance, std::move(language));
  event::v1::InstanceDefaultOrgSet organization;
  organization.set_organization_id(std::string(organization_id));
  unit.Raise(instance, std::move(organization));
  return absl::OkStatus();
}

absl::StatusOr<std::string> AddAdministrator(Unit& unit, const FirstInstance& wanted,
                                             const std::string& organization_id) {
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<command::OrgDomains>(organization_id));
  zitadel::user::v2::AddHumanUserRequest request;
  request.set_username(wanted.username);
  request.mutable_profile()->set_given_name(wanted.given_name);
  request.mutable_profile()->set_family_name(wanted.family_name);
  request.mutable_profile()->set_preferred_language(wanted.preferred_language);
  request.mutable_email()->set_email(
      wanted.email.empty() ? absl::StrCat(wanted.username, "@", domains->primary) : wanted.email);
  request.mutable_email()->set_is_verified(wanted.email_verified);
  request.mutable_password()->set_password(std::string(wanted.password.reveal()));
  request.mutable_password()->set_change_required(wanted.password_change_required);
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const auto user, command::AddHuman(unit, {organization_id, {}}, request));
  return user.id();
}

absl::StatusOr<std::string> AddMachine(Unit& unit, const FirstInstance& wanted,
                                       const std::string& organization_id) {
  zitadel::user::v2::CreateUserRequest request;
  request.set_organization_id(organization_id);
  request.set_username(wanted.machine_username);
  request.mutable_machine()->set_name(wanted.machine_name.empty() ? wanted.machine_username
                                                                  : wanted.machine_name);
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const auto user, command::OpenNewUser(unit, std::nullopt));
  event::v1::MachineAdded added;
  added.set_organization_id(organization_id);
  added.set_username(request.username());
  added.set_name(request.machine().name());
  unit.Raise(user, std::move(added));

  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<command::UserTokens>(user.id()));
  event::v1::PersonalAccessTokenAdded token;
  token.set_token_id(unit.NewId());
  token.set_token_hash(command::TokenHash(wanted.token.reveal()));
  token.set_organization_id(organization_id);
  token.mutable_expiration()->set_seconds(absl::ToUnixSeconds(wanted.token_expiration));
  unit.Raise(tokens, std::move(token));
  return user.id();
}

void AddOwner(Unit& unit, const Ref<command::Members>& members, const std::string& user_id) {
  event::v1::MemberAdded added;
  added.set_user_id(user_id);
  added.add_role(command::kOwnerRole);
  unit.Raise(members, std::move(added));
}

absl::StatusOr<FirstInstanceMade> Make(Unit& unit, const FirstInstance& wanted) {
  FirstInstanceMade made;
  made.organization_id = unit.NewId();
  zitadel::org::v2::AddOrganizationRequest request;
  request.set_name(wanted.organization);
  RETURN_IF_ERROR(CheckRequest(request));
  RETURN_IF_ERROR(AddInstance(unit, wanted, made.organization_id));
  RETURN_IF_ERROR(command::AddMissingDefaults(unit));
  ASSIGN_OR_RETURN(const auto org, unit.LoadOrNew<command::Org>(made.organization_id));
  event::v1::OrgAdded org_added;
  org_added.set_name(wanted.organization);
  unit.Raise(org, std::move(org_added));
  RETURN_IF_ERROR(command::MoveDefaultDomain(unit, made.organization_id, "", wanted.organization));

  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<command::Members>(command::InstanceScope()));
  ASSIGN_OR_RETURN(made.administrator_id, AddAdministrator(unit, wanted, made.organization_id));
  AddOwner(unit, members, made.administrator_id);
  if (!wanted.machine_username.empty()) {
    ASSIGN_OR_RETURN(made.machine_id, AddMachine(unit, wanted, made.organization_id));
    AddOwner(unit, members, made.machine_id);
  }
  return made;
}

}  // namespace

absl::StatusOr<FirstInstance> WantedFirstInstance(const Config& config, Secret password,
                                                  Secret token) {
  FirstInstance wanted;
  const std::string& external = config.Text(Key::kExternalDomain);
  const std::optional<std::string> host = HostOf(external);
  if (!host.has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
                 absl::StrCat("ExternalDomain is a host name, not \"", external, "\"."));
  }
  wanted.domains = {*host};
  // Whoever tries it out on his own machine writes any of these.
  if (*host == "localhost") wanted.domains.insert(wanted.domains.end(), {"127.0.0.1", "::1"});
  wanted.name = config.Text(Key::kInstanceName);
  wanted.language = config.Text(Key::kDefaultLanguage);
  wanted.organization = config.Text(Key::kOrgName);
  wanted.username = config.Text(Key::kHumanUserName);
  wanted.given_name = config.Text(Key::kHumanFirstName);
  wanted.family_name = config.Text(Key::kHumanLastName);
  wanted.email = config.Text(Key::kHumanEmail);
  wanted.email_verified = config.Switch(Key::kHumanEmailVerified);
  wanted.preferred_language = config.Text(Key::kHumanLanguage);
  wanted.password = std::move(password);
  wanted.password_change_required = config.Switch(Key::kHumanPasswordChange);
  wanted.machine_username = config.Text(Key::kMachineUsername);
  wanted.machine_name = config.Text(Key::kMachineName);
  wanted.token = std::move(token);
  wanted.token_expiration = config.Time(Key::kPatExpiration);
  return wanted;
}

command::Handler FirstInstanceHandler(FirstInstance wanted,
                                      std::shared_ptr<FirstInstanceMade> made) {
  using google::protobuf::Empty;
  command::Handler handler;
  handler.method = "muniment.FirstInstance";
  handler.request = Empty::descriptor();
  handler.response = Empty::descriptor();
  handler.run = [wanted = std::move(wanted), made = std::move(made)](
                    Unit& unit, const google::protobuf::Message&)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    ASSIGN_OR_RETURN(*made, Make(unit, wanted));
    return std::make_unique<Empty>();
  };
  return handler;
}

Secret NewAdministratorPassword() {
  // One of each kind that the rules ask for, then chance.
  constexpr absl::string_view kLower = "abcdefghijkmnopqrstuvwxyz";
  constexpr absl::string_view kUpper = "ABCDEFGHJKLMNPQRSTUVWXYZ";
  constexpr absl::string_view kNumber = "23456789";
  const std::string all = absl::StrCat(kLower, kUpper, kNumber);
  return Secret(absl::StrCat(RandomString(6, all), "-", RandomString(6, all), "-",
                             RandomString(3, all), RandomString(1, kLower),
                             RandomString(1, kUpper), RandomString(1, kNumber)));
}

}  // namespace muniment::gateway
