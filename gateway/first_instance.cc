#include "gateway/first_instance.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/key_pair.h"
#include "base/language.h"
#include "base/limits.h"
#include "command/instance/hosts.h"
#include "command/instance/instance.h"
#include "command/key_file.h"
#include "command/member/members.h"
#include "command/org/default_domain.h"
#include "command/org/org.h"
#include "command/policy/defaults.h"
#include "command/user/add_human_user.h"
#include "command/webkey/web_keys.h"
#include "gateway/owner.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::gateway {
namespace {

using command::Ref;
using command::Unit;

// What the published interface calls it (base/roles.h).
constexpr char kLoginClientRole[] = "IAM_LOGIN_CLIENT";

Secret NewToken() { return Secret(Base64UrlEncode(RandomBytes(32))); }

// The key's file, which says whose it is.
Secret AddKey(const Config& config, NewMachine& machine, IdGenerator& ids) {
  KeyPair pair = NewKeyPair();
  machine.id = ids.NextText();
  machine.key = {ids.NextText(), std::move(pair.public_pem),
                 config.Time(Key::kMachineKeyExpiration)};
  return Secret(command::KeyFile({{"type", "serviceaccount"},
                                  {"keyId", machine.key->id},
                                  {"key", pair.private_pem.reveal()},
                                  {"userId", machine.id}}));
}

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
  command::AddHosts(unit, instance, wanted.domains);
  ASSIGN_OR_RETURN(const absl::string_view supported, FindSupportedLanguage(wanted.language));
  event::v1::InstanceDefaultLanguageSet language;
  language.set_language(std::string(supported));
  unit.Raise(instance, std::move(language));
  event::v1::InstanceDefaultOrgSet organization;
  organization.set_organization_id(std::string(organization_id));
  unit.Raise(instance, std::move(organization));
  return absl::OkStatus();
}

absl::StatusOr<std::string> AddAdministrator(Unit& unit, const FirstInstance& wanted,
                                             const std::string& organization_id) {
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<command::OrgDomains>(organization_id));
  const auto request = AdministratorRequest(wanted, domains->primary);
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const auto made, command::AddHuman(unit, {organization_id, {}}, request));
  return made.user.id();
}

}  // namespace

zitadel::user::v2::AddHumanUserRequest AdministratorRequest(const FirstInstance& wanted,
                                                            absl::string_view domain) {
  zitadel::user::v2::AddHumanUserRequest request;
  request.set_username(wanted.username);
  request.mutable_profile()->set_given_name(wanted.given_name);
  request.mutable_profile()->set_family_name(wanted.family_name);
  request.mutable_profile()->set_preferred_language(wanted.preferred_language);
  request.mutable_email()->set_email(
      wanted.email.empty() ? absl::StrCat(wanted.username, "@", domain) : wanted.email);
  request.mutable_email()->set_is_verified(wanted.email_verified);
  request.mutable_password()->set_password(std::string(wanted.password.reveal()));
  request.mutable_password()->set_change_required(wanted.password_change_required);
  return request;
}

std::vector<std::string> HostsOf(const Config& config) {
  const std::string host = config.Host(Key::kExternalDomain);
  // Whoever tries it out on his own machine writes any of these.
  if (host == "localhost") return {host, "127.0.0.1", "::1"};
  return {host};
}

std::optional<event::v1::WebKeyAlgorithm> WebKeyAlgorithmNamed(absl::string_view type) {
  if (type == "rsa") return event::v1::WEB_KEY_ALGORITHM_RS256;
  if (type == "ecdsa") return event::v1::WEB_KEY_ALGORITHM_ES256;
  if (type == "ed25519") return event::v1::WEB_KEY_ALGORITHM_EDDSA;
  return std::nullopt;
}

bool WantsMachineKey(const Config& config) {
  return !config.Text(Key::kMachineKeyPath).empty() || !config.Text(Key::kMachineKeyType).empty() ||
         config.Changed(Key::kMachineKeyExpiration);
}

FirstInstance WantedFirstInstance(const Config& config, Secret password) {
  FirstInstance wanted;
  wanted.domains = HostsOf(config);
  wanted.signs_by =
      WebKeyAlgorithmNamed(config.Text(Key::kWebKeyType)).value_or(wanted.signs_by);
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
  wanted.machine.username = config.Text(Key::kMachineUsername);
  wanted.machine.name = config.Text(Key::kMachineName);
  wanted.machine.token_expiration = config.Time(Key::kPatExpiration);
  wanted.login_client.username = config.Text(Key::kLoginClientUsername);
  wanted.login_client.name = config.Text(Key::kLoginClientName);
  wanted.login_client.token_expiration = config.Time(Key::kLoginClientPatExpiration);
  return wanted;
}

FirstSecrets MakeUp(const Config& config, FirstInstance& wanted, IdGenerator& ids) {
  FirstSecrets secrets;
  wanted.organization_id = secrets.organization_id = ids.NextText();
  secrets.login_name = wanted.username;
  if (config.Text(Key::kHumanPassword).empty()) secrets.password = wanted.password;
  if (!wanted.machine.username.empty()) {
    wanted.machine.token = secrets.token = NewToken();
    if (WantsMachineKey(config)) secrets.key_file = AddKey(config, wanted.machine, ids);
  }
  if (!wanted.login_client.username.empty()) {
    wanted.login_client.token = secrets.login_token = NewToken();
  }
  return secrets;
}

absl::Status MakeFirstInstance(Unit& unit, const FirstInstance& wanted) {
  const std::string organization_id =
      wanted.organization_id.empty() ? unit.NewId() : wanted.organization_id;
  zitadel::org::v2::AddOrganizationRequest request;
  request.set_name(wanted.organization);
  RETURN_IF_ERROR(CheckRequest(request));
  RETURN_IF_ERROR(AddInstance(unit, wanted, organization_id));
  RETURN_IF_ERROR(command::AddMissingDefaults(unit));
  RETURN_IF_ERROR(command::AddMissingWebKey(unit, wanted.signs_by));
  ASSIGN_OR_RETURN(const auto org, unit.LoadOrNew<command::Org>(organization_id));
  event::v1::OrgAdded org_added;
  org_added.set_name(wanted.organization);
  unit.Raise(org, std::move(org_added));
  RETURN_IF_ERROR(command::MoveDefaultDomain(unit, organization_id, "", wanted.organization));

  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<command::Members>(command::InstanceScope()));
  ASSIGN_OR_RETURN(const std::string person, AddAdministrator(unit, wanted, organization_id));
  MakeOwner(unit, members, person);
  if (!wanted.machine.username.empty()) {
    ASSIGN_OR_RETURN(const std::string machine, AddMachine(unit, organization_id, wanted.machine));
    MakeOwner(unit, members, machine);
  }
  if (wanted.login_client.username.empty()) return absl::OkStatus();
  event::v1::MemberAdded login;
  ASSIGN_OR_RETURN(*login.mutable_user_id(),
                   AddMachine(unit, organization_id, wanted.login_client));
  login.add_role(kLoginClientRole);
  unit.Raise(members, std::move(login));
  return absl::OkStatus();
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
