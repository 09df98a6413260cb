// A fold that means something else needs a raised revision: tests/golden/projections.txt keeps, for
// each table, its revision and the hash of the rows that one fixed script of events leaves. Where
// the rows differ and the revision does not, old read models would be kept that a rebuild would not
// make. With MUNIMENT_WRITE_GOLDEN set the file is written anew.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "muniment/event/v1/consent.visit.h"
#include "muniment/event/v1/credential.visit.h"
#include "muniment/event/v1/feature.visit.h"
#include "muniment/event/v1/application.visit.h"
#include "muniment/event/v1/oidc.visit.h"
#include "muniment/event/v1/session.visit.h"
#include "muniment/event/v1/work.visit.h"
#include "projections/replay.h"
#include "muniment/event/v1/group.visit.h"
#include "muniment/event/v1/project.visit.h"
#include "muniment/event/v1/role.visit.h"
#include "muniment/event/v1/user_grant.visit.h"
#include "tests/projections/fixture.h"
#include "tests/projections/golden_settings.h"

namespace muniment::projections {
namespace {

using event::v1::HumanAdded;
using event::v1::InstanceAdded;
using event::v1::InstanceDefaultLanguageSet;
using event::v1::InstanceDefaultOrgSet;
using event::v1::InstanceDomainAdded;
using event::v1::InstanceDomainPrimarySet;
using event::v1::InstanceEvent;
using event::v1::OrgDomainAdded;
using event::v1::OrgDomainEvent;
using event::v1::OrgDomainPrimarySet;
using event::v1::OrgDomainVerified;
using event::v1::PasswordComplexityAdded;
using event::v1::PasswordComplexityEvent;
using event::v1::PhoneChanged;
using event::v1::PhoneVerified;
using event::v1::UserEvent;
using event::v1::WorkEvent;

constexpr char kPath[] = MUNIMENT_GOLDEN_DIR "/projections.txt";

// Work in each of its states.
void Work(Log& log) {
  event::v1::WorkRequested requested;
  requested.set_work("fixed");
  for (const char* id : {"w0", "w1", "w2", "w3", "w4"}) {
    const uint64_t request =
        log.Raise<WorkEvent>(1, id, requested, AGGREGATE_ORG).last_sequence;
    event::v1::WorkBegun begun;
    begun.set_work("fixed");
    begun.set_request(request);
    begun.set_attempts(1);
    begun.mutable_delay()->set_seconds(3);
    log.Raise<WorkEvent>(1, id, begun, AGGREGATE_ORG);
    if (std::string(id) == "w0") continue;
    event::v1::WorkFailed failed;
    failed.set_work("fixed");
    failed.set_request(request);
    failed.set_attempts(1);
    failed.set_reason("why");
    failed.mutable_delay()->set_seconds(5);
    log.Raise<WorkEvent>(1, id, failed, AGGREGATE_ORG);
    if (std::string(id) == "w1") continue;
    event::v1::WorkGivenUp given_up;
    given_up.set_work("fixed");
    given_up.set_request(request);
    given_up.set_attempts(2);
    given_up.mutable_requested()->set_seconds(7);
    log.Raise<WorkEvent>(1, id, given_up, AGGREGATE_ORG);
    if (std::string(id) == "w2") continue;
    event::v1::WorkPutBack put_back;
    put_back.set_work("fixed");
    put_back.set_request(request);
    log.Raise<WorkEvent>(1, id, put_back, AGGREGATE_ORG);
    if (std::string(id) == "w3") continue;
    event::v1::WorkDone done;
    done.set_work("fixed");
    done.set_request(request);
    log.Raise<WorkEvent>(1, id, done, AGGREGATE_ORG);
  }
}

// Factors, keys and sessions in each of their states.
void Credentials(Log& log) {
  using event::v1::SessionEvent;
  using event::v1::UserFactorEvent;
  log.Raise<UserFactorEvent>(1, "fixed", event::v1::TotpAdded());
  log.Raise<UserFactorEvent>(1, "fixed", event::v1::TotpVerified());
  log.Raise<UserFactorEvent>(1, "fixed", event::v1::OtpEmailAdded());
  event::v1::PasskeyAdded begun;
  begun.mutable_registration()->set_token_id("passkey");
  log.Raise<UserFactorEvent>(1, "fixed", begun);
  event::v1::PasskeyVerified verified;
  verified.mutable_credential()->set_token_id("passkey");
  verified.mutable_credential()->set_name("phone");
  log.Raise<UserFactorEvent>(1, "fixed", verified);
  event::v1::MachineKeyAdded key;
  key.set_key_id("key");
  log.Raise<event::v1::MachineCredentialEvent>(1, "fixed", key);
  log.Raise<UserEvent>(1, "fixed", event::v1::CredentialsRevoked());
  log.Raise<SessionEvent>(1, "365241774630764544", event::v1::SessionAdded());
  event::v1::SessionUserChecked user;
  user.set_user_id("fixed");
  log.Raise<SessionEvent>(1, "365241774630764544", user);
  event::v1::LoginPolicyAdded login;
  login.mutable_policy()->set_force_mfa(true);
  log.Raise<event::v1::LoginPolicyEvent>(1, "1", login, AGGREGATE_INSTANCE);
  log.Raise<SessionEvent>(1, "365241774630764544", event::v1::SessionPasswordChecked());
  user.set_credential_epoch(1);  // the password counts no more
  log.Raise<SessionEvent>(1, "365241774630764544", user);
  log.Raise<SessionEvent>(1, "365241774630764544", event::v1::SessionTotpChecked());
  event::v1::SessionCredentialsKept kept;
  kept.set_credential_epoch(2);
  log.Raise<SessionEvent>(1, "365241774630764544", kept);
  event::v1::SessionPolicyAdded ends;
  ends.mutable_policy()->set_end_with_credentials(true);
  log.Raise<event::v1::SessionPolicyEvent>(1, "1", ends, AGGREGATE_INSTANCE);
}

// Roles that are defined: one as it is from now on, one that was removed, and one that ended with its
// organization.
void DefinedRoles(Log& log) {
  using event::v1::RoleEvent;
  event::v1::RoleAdded added;
  added.set_name("KEPT");
  added.set_display_name("kept");
  added.set_level(event::v1::ROLE_LEVEL_PROJECT);
  added.add_permission("project.read");
  log.Raise<RoleEvent>(1, "1", added, AGGREGATE_INSTANCE);
  event::v1::RoleChanged changed;
  changed.set_name("KEPT");
  changed.add_permission("project.write");
  log.Raise<RoleEvent>(1, "1", changed, AGGREGATE_INSTANCE);
  added.set_name("REMOVED");
  log.Raise<RoleEvent>(1, "1", added, AGGREGATE_INSTANCE);
  event::v1::RoleRemoved removed;
  removed.set_name("REMOVED");
  log.Raise<RoleEvent>(1, "1", removed, AGGREGATE_INSTANCE);
  log.Raise<RoleEvent>(1, "fixed", added, AGGREGATE_ORG);
  log.Raise<RoleEvent>(1, "fixed", event::v1::RolesCascadeRemoved(), AGGREGATE_ORG);
}

// A project, a role of it that is left and one that is not, a grant, and who has roles by it.
void Projects(Log& log) {
  using event::v1::ProjectEvent;
  using event::v1::ProjectGrantEvent;
  using event::v1::ProjectRoleEvent;
  using event::v1::UserGrantEvent;
  event::v1::ProjectAdded added;
  added.set_organization_id("fixed");
  added.set_name("project");
  added.set_authorization_required(true);
  log.Raise<ProjectEvent>(1, "project", added);
  event::v1::ProjectChanged changed;
  changed.set_name("Project");
  changed.set_project_role_assertion(true);
  changed.set_private_labeling(event::v1::PRIVATE_LABELING_USER_OWNER);
  log.Raise<ProjectEvent>(1, "project", changed);
  log.Raise<ProjectEvent>(1, "project", event::v1::ProjectDeactivated());
  for (const char* key : {"reader", "writer"}) {
    event::v1::ProjectRoleAdded role;
    role.set_key(key);
    role.set_display_name(key);
    log.Raise<ProjectRoleEvent>(1, "project", role);
  }
  event::v1::ProjectRoleChanged named;
  named.set_key("reader");
  named.set_display_name("Reads");
  named.set_group("people");
  log.Raise<ProjectRoleEvent>(1, "project", named);
  event::v1::ProjectRoleRemoved removed;
  removed.set_key("writer");
  log.Raise<ProjectRoleEvent>(1, "project", removed);
  for (const char* id : {"kept", "ended"}) {
    event::v1::ProjectGrantAdded grant;
    grant.set_project_id("project");
    grant.set_grant_id(id);
    grant.set_organization_id("fixed");
    grant.set_granted_organization_id(absl::StrCat("org-", id));
    grant.add_role_key("writer");
    log.Raise<ProjectGrantEvent>(1, absl::StrCat("project/", id), grant);
    event::v1::UserGrantAdded given;
    given.set_user_id("fixed");
    given.set_project_id("project");
    given.set_organization_id(absl::StrCat("org-", id));
    given.set_project_grant_id(id);
    given.set_within(absl::StrCat("project/", id));
    given.add_role_key("writer");
    log.Raise<UserGrantEvent>(1, absl::StrCat("given-", id), given);
  }
  event::v1::ProjectGrantChanged roles;
  roles.add_role_key("reader");
  log.Raise<ProjectGrantEvent>(1, "project/kept", roles);
  log.Raise<ProjectGrantEvent>(1, "project/kept", event::v1::ProjectGrantDeactivated());
  log.Raise<ProjectGrantEvent>(1, "project/ended", event::v1::ProjectGrantRemoved());
  event::v1::UserGrantCascadeChanged fewer;
  log.Raise<UserGrantEvent>(1, "given-kept", fewer);
  log.Raise<UserGrantEvent>(1, "given-kept", event::v1::UserGrantDeactivated());
  log.Raise<UserGrantEvent>(1, "given-ended", event::v1::UserGrantCascadeRemoved());
}

// An application of each sort, with a secret that ended, a key that is left and one that is not;
// and one that was removed.
void Applications(Log& log) {
  using event::v1::ApplicationEvent;
  using event::v1::ApplicationKeyEvent;
  for (const char* id : {"oidc", "api", "ended"}) {
    event::v1::ApplicationAdded added;
    added.set_application_id(id);
    added.set_project_id("project");
    added.set_organization_id("fixed");
    added.set_name(id);
    log.Raise<ApplicationEvent>(1, absl::StrCat("project/", id), added);
  }
  event::v1::OidcConfigAdded oidc;
  oidc.set_client_id("1");
  oidc.set_secret_hash("hash");
  oidc.mutable_config()->add_redirect_uri("https://example.org/in");
  log.Raise<ApplicationEvent>(1, "project/oidc", oidc);
  event::v1::OidcSecretChanged next;
  next.set_secret_hash("next");
  log.Raise<ApplicationEvent>(1, "project/oidc", next);
  event::v1::OidcConfigChanged none;
  none.mutable_config()->set_auth_method(event::v1::OIDC_AUTH_METHOD_NONE);
  none.set_secret_ended(true);
  log.Raise<ApplicationEvent>(1, "project/oidc", none);
  event::v1::ApplicationChanged named;
  named.set_project_id("project");
  named.set_name("Named");
  log.Raise<ApplicationEvent>(1, "project/oidc", named);
  event::v1::ApiConfigAdded api;
  api.set_client_id("2");
  api.set_secret_hash("hash");
  log.Raise<ApplicationEvent>(1, "project/api", api);
  event::v1::ApiSecretChanged secret;
  secret.set_secret_hash("next");
  log.Raise<ApplicationEvent>(1, "project/api", secret);
  log.Raise<ApplicationEvent>(1, "project/api", event::v1::ApplicationDeactivated());
  for (const char* id : {"kept", "gone"}) {
    event::v1::ApplicationKeyAdded key;
    key.set_key_id(id);
    key.set_application_id("api");
    key.set_project_id("project");
    key.set_organization_id("fixed");
    key.mutable_expiration()->set_seconds(4'000'000'000);
    key.set_public_key("PEM");
    log.Raise<ApplicationKeyEvent>(1, "project/api", key);
  }
  event::v1::ApplicationKeyRemoved removed;
  removed.set_key_id("gone");
  log.Raise<ApplicationKeyEvent>(1, "project/api", removed);
  event::v1::ApplicationRemoved ended;
  ended.set_project_id("project");
  log.Raise<ApplicationEvent>(1, "project/ended", ended);
}

// A group that stands, of whose users one was taken out, and one that was removed and is not swept.
void Groups(Log& log) {
  using event::v1::GroupEvent;
  using event::v1::GroupUserEvent;
  for (const char* id : {"group", "ended"}) {
    event::v1::GroupAdded added;
    added.set_organization_id("fixed");
    added.set_name(id);
    added.set_description("of the script");
    log.Raise<GroupEvent>(1, id, added);
    event::v1::GroupUsersAdded users;
    users.set_organization_id("fixed");
    for (const char* user : {"fixed", "other", "third"}) users.add_user_id(user);
    log.Raise<GroupUserEvent>(1, absl::StrCat(id, "/00"), users);
  }
  event::v1::GroupChanged changed;
  changed.set_name("Group");
  log.Raise<GroupEvent>(1, "group", changed);
  event::v1::GroupUsersRemoved removed;
  removed.add_user_id("other");
  log.Raise<GroupUserEvent>(1, "group/00", removed);
  event::v1::GroupUsersCascadeRemoved cascade;
  cascade.add_user_id("third");
  log.Raise<GroupUserEvent>(1, "group/00", cascade);
  log.Raise<GroupEvent>(1, "ended", event::v1::GroupRemoved());
}

// What was agreed to, of what was asked.
void Consents(Log& log) {
  event::v1::ConsentPolicyAdded asked;
  auto* document = asked.mutable_policy()->add_document();
  document->set_kind(event::v1::CONSENT_KIND_TERMS);
  document->set_version("1");
  log.Raise<event::v1::ConsentPolicyEvent>(1, "1", asked, AGGREGATE_INSTANCE);
  event::v1::ConsentGiven given;
  given.set_kind(event::v1::CONSENT_KIND_TERMS);
  given.set_version("1");
  given.set_language("en");
  given.set_reported_by("client");
  log.Raise<event::v1::UserConsentEvent>(1, "fixed", given);
}

// A family with all that may come to it, requests and devices that wait and that do not.
void Oidc(Log& log) {
  using event::v1::AuthRequestEvent;
  using event::v1::DeviceAuthEvent;
  using event::v1::OidcSessionEvent;
  for (const char* id : {"365960591765929984", "365960591765929985"}) {
    event::v1::OidcSessionAdded added;
    added.set_grant(event::v1::OIDC_GRANT_AUTHORIZATION_CODE);
    added.set_user_id("fixed");
    added.set_organization_id("fixed");
    added.set_client_id("1");
    added.set_session_id("1");
    added.add_scope("openid");
    log.Raise<OidcSessionEvent>(1, id, added);
    event::v1::AccessTokenAdded token;
    for (const char* number : {"a", "b", "c"}) {
      token.set_token_id(number);
      token.mutable_expiration()->set_seconds(*number == 'a' ? 1 : 253402300799);
      log.Raise<OidcSessionEvent>(1, id, token);
    }
    event::v1::RefreshTokenAdded refresh;
    refresh.set_token_id("d");
    refresh.mutable_expiration()->set_seconds(253402300799);
    log.Raise<OidcSessionEvent>(1, id, refresh);
  }
  event::v1::AccessTokenRevoked one;
  one.set_token_id("b");
  log.Raise<OidcSessionEvent>(1, "365960591765929984", one);
  event::v1::RefreshTokenRenewed renewed;
  renewed.set_token_id("e");
  log.Raise<OidcSessionEvent>(1, "365960591765929984", renewed);
  log.Raise<OidcSessionEvent>(1, "365960591765929985", event::v1::RefreshTokenRevoked());
  for (const char* id : {"365960591765929986", "365960591765929987"}) {
    event::v1::AuthRequestAdded asked;
    asked.set_client_id("1");
    asked.set_organization_id("fixed");
    asked.set_login_hint("somebody");
    log.Raise<AuthRequestEvent>(1, id, asked);
    event::v1::DeviceAuthAdded device;
    device.set_client_id("1");
    device.set_organization_id("fixed");
    device.set_user_code_hash(id);
    log.Raise<DeviceAuthEvent>(1, id, device);
  }
  log.Raise<AuthRequestEvent>(1, "365960591765929986", event::v1::AuthRequestFailed());
  log.Raise<DeviceAuthEvent>(1, "365960591765929986", event::v1::DeviceAuthCanceled());
}

void Features(Log& log) {
  using event::v1::FeatureEvent;
  event::v1::UserSchemaSet schema;
  schema.mutable_features()->set_user_schema(true);
  log.Raise<FeatureEvent>(1, "1", schema);
  log.Raise<FeatureEvent>(1, "1", event::v1::InstanceFeaturesReset());
  event::v1::ImprovedPerformanceSet paths;
  for (const uint32_t path : {2, 3}) {
    paths.mutable_features()->mutable_improved_performance()->clear_path();
    paths.mutable_features()->mutable_improved_performance()->add_path(path);
    log.Raise<FeatureEvent>(1, "1", paths);
  }
  event::v1::LoginV2Set login;
  login.mutable_features()->mutable_login_v2()->set_base_uri("https://login.example");
  log.Raise<FeatureEvent>(1, "1", login);
}

// Every kind that a fold reads, among much else.
void FixedScript(Log& log) {
  InstanceAdded added;
  added.set_name("first");
  log.Raise<InstanceEvent>(1, "1", added);
  InstanceDomainAdded domain;
  domain.set_domain("id.example");
  log.Raise<InstanceEvent>(1, "1", domain);
  InstanceDomainPrimarySet primary;
  primary.set_domain("id.example");
  log.Raise<InstanceEvent>(1, "1", primary);
  InstanceDefaultOrgSet org;
  org.set_organization_id("org1");
  log.Raise<InstanceEvent>(1, "1", org);
  InstanceDefaultLanguageSet language;
  language.set_language("en");
  log.Raise<InstanceEvent>(1, "1", language);
  PasswordComplexityAdded complexity;
  complexity.mutable_policy()->set_min_length(8);
  log.Raise<PasswordComplexityEvent>(1, "1", complexity, AGGREGATE_INSTANCE);
  HumanAdded person;
  person.set_organization_id("org1");
  person.set_username("fixed");
  log.Raise<UserEvent>(1, "fixed", person);
  PhoneChanged phone;
  phone.set_phone("+41791234567");
  log.Raise<UserEvent>(1, "fixed", phone);
  log.Raise<UserEvent>(1, "fixed", PhoneVerified());
  OrgDomainAdded owned;
  owned.set_domain("fixed.example");
  log.Raise<OrgDomainEvent>(1, "fixed", owned);
  OrgDomainVerified verified;
  verified.set_domain("fixed.example");
  log.Raise<OrgDomainEvent>(1, "fixed", verified);
  OrgDomainPrimarySet chosen;
  chosen.set_domain("fixed.example");
  log.Raise<OrgDomainEvent>(1, "fixed", chosen);
  Script(log, 2024).Raise(1500);
  Work(log);
  Credentials(log);
  Consents(log);
  event::v1::PasswordAgeAdded age;
  age.mutable_policy()->set_max_age_days(90);
  log.Raise<event::v1::PasswordAgeEvent>(1, "1", age, AGGREGATE_INSTANCE);
  log.Raise<event::v1::UserCheckEvent>(1, "fixed", event::v1::PasswordCheckSucceeded());
  Projects(log);
  Applications(log);
  Groups(log);
  DefinedRoles(log);
  Oidc(log);
  Features(log);
  InstanceSettings(log);
  event::v1::MfaInitSkipped skipped;
  skipped.mutable_skipped_at()->set_seconds(7);
  log.Raise<event::v1::UserCheckEvent>(1, "fixed", skipped);
  NameMoves(log);
}

// "revision hash" by table.
std::map<std::string, std::string> Rows(Log& log) {
  TempDir dir;
  auto database = Replay(log.source(), AllProjections(), dir / "models");
  REQUIRE(database.ok());
  const View a = (*database)->Read();
  const auto comparison = Compare(a, a);
  REQUIRE(comparison.ok());
  std::map<std::string, std::string> rows;
  for (const TablePlan* table : (*database)->tables()) {
    Digest hash;
    for (const Part& part : comparison->parts) {
      // Index entries and counters follow from rows and their declaration.
      if (part.table != table->name() || (part.family != "rows" && part.family != "history")) {
        continue;
      }
      hash = Sha256(hash.view(), part.family, part.hash_a);
    }
    rows[table->name()] = absl::StrCat(table->revision(), " ", HexEncode(hash.view()));
  }
  return rows;
}

TEST_CASE("a fold that leaves other rows has a raised revision") {
  Log log;
  FixedScript(log);
  const auto rows = Rows(log);
  if (std::getenv("MUNIMENT_WRITE_GOLDEN") != nullptr) {
    std::ofstream out(kPath);
    out << "# Table, revision, and what the fixed script of golden_test.cc leaves in it.\n";
    for (const auto& [table, value] : rows) out << table << " " << value << "\n";
  }
  std::ifstream in(kPath);
  std::map<std::string, std::string> golden;
  for (std::string line; std::getline(in, line);) {
    const size_t space = line.find(' ');
    if (!line.empty() && line[0] != '#') golden[line.substr(0, space)] = line.substr(space + 1);
  }
  REQUIRE(golden.size() == rows.size());
  for (const auto& [table, value] : rows) {
    INFO(table << ": a changed fold or row needs a raised revision in row.proto and a new line in "
               << kPath);
    CHECK(golden[table] == value);
  }
}

TEST_CASE("a table's identity changes with its revision, its shape and the kinds it reads") {
  const TablePlan& users = TablePlan::Of<row::v1::User>();
  const std::string identity = IdentityOf(users, {"a", "b"});
  CHECK(IdentityOf(users, {"b", "a"}) == identity);
  CHECK(IdentityOf(users, {"a"}) != identity);
  CHECK(IdentityOf(users, {"a", "b", "c"}) != identity);
  CHECK(IdentityOf(users, {"ab"}) != IdentityOf(users, {"a", "b"}));
  CHECK(IdentityOf(TablePlan::Of<row::v1::Org>(), {"a", "b"}) != identity);
  for (const auto& one : AllProjections()) {
    for (const auto& other : AllProjections()) {
      CHECK((one->identity() == other->identity()) == (&one->table() == &other->table()));
    }
  }
}

}  // namespace
}  // namespace muniment::projections
