// Administrators: whom one may set over what, with which roles, and that somebody is always left.
#include "muniment/event/v1/user.pb.h"
#include "tests/command/delegation_world.h"

namespace muniment::command {
namespace {

using event::v1::MemberAdded;
using event::v1::MemberChanged;
using event::v1::MemberRemoved;

std::string With(const Strings& roles) {
  std::string text;
  for (const std::string& role : roles) absl::StrAppend(&text, "roles: '", role, "' ");
  return text;
}

void CheckRefused(Given& given, const std::string& caller, const std::string& method,
                  const std::string& request, const std::string& reason) {
  INFO(caller << ": " << method << " " << request);
  const Then then = given.When(caller, method, request);
  CHECK(then.reason == reason);
  CHECK(then.events.empty());
}

// A machine has something to act with.
void GiveToken(Given& given, const std::string& machine) {
  Must(given, "AddPersonalAccessToken",
       Person(machine) + "expiration_date { seconds: 4000000000 }");
}

// root has a password, and a client that signs him in.
void LetRootAct(Given& given) {
  event::v1::PasswordChanged changed;
  changed.set_password_hash("a hash");
  given.Fact<User>(UserScope("root"), changed);
  GiveToken(given, "client");
}

TEST_CASE("on each of the four levels administrators are set, changed and taken away") {
  struct Case {
    std::string resource, caller, id, owner, type;
    Strings first, second;
  };
  for (const Case& each : std::vector<Case>{
           {kOnInstance, "root", "1", "1", "instance.member", {"IAM_ORG_MANAGER"},
            {"IAM_OWNER_VIEWER", "IAM_USER_MANAGER"}},
           {kOnAcme, "ann", "acme", "acme", "org.member", {"ORG_OWNER"}, {"ORG_USER_MANAGER"}},
           {kOnLamps, "pam", "lamps", "acme", "project.member", {"PROJECT_OWNER"},
            {"PROJECT_OWNER_VIEWER"}},
           {kOnGrant, "cora", "", "acme", "project.grant.member", {"PROJECT_GRANT_OWNER"},
            {"PROJECT_GRANT_OWNER_VIEWER"}},
       }) {
    INFO(each.type);
    Delegated given;
    const std::string id = each.id.empty() ? given.grant : each.id;
    const std::string bob = each.resource + Person("bob");
    const Then added = given.When(each.caller, "CreateAdministrator", bob + With(each.first));
    INFO(added.status);
    REQUIRE(added.events == Strings{absl::StrCat(each.type, ".added ", id)});
    CHECK(added.fact<MemberAdded>(0).user_id() == "bob");
    CHECK(Strings(added.fact<MemberAdded>(0).role().begin(),
                  added.fact<MemberAdded>(0).role().end()) == each.first);
    CHECK(added.facts[0].meta.owner == each.owner);
    CHECK(added.response<zitadel::internal_permission::v2::CreateAdministratorResponse>()
              .has_creation_date());
    const Then twice = given.When(each.caller, "CreateAdministrator", bob + With(each.second));
    CHECK(twice.reason == "member.already_exists");
    CHECK(twice.code == absl::StatusCode::kAlreadyExists);
    CHECK(twice.events.empty());

    const Then changed = given.When(each.caller, "UpdateAdministrator", bob + With(each.second));
    REQUIRE(changed.events == Strings{absl::StrCat(each.type, ".changed ", id)});
    CHECK(Strings(changed.fact<MemberChanged>(0).role().begin(),
                  changed.fact<MemberChanged>(0).role().end()) == each.second);
    const Then same = given.When(each.caller, "UpdateAdministrator", bob + With(each.second));
    CHECK(same.ok());
    CHECK(same.events.empty());
    CHECK(same.response<zitadel::internal_permission::v2::UpdateAdministratorResponse>()
              .has_change_date());

    const Then removed = given.When(each.caller, "DeleteAdministrator", bob);
    CHECK(removed.events == Strings{absl::StrCat(each.type, ".removed ", id)});
    CHECK(removed.fact<MemberRemoved>(0).user_id() == "bob");
    CHECK(removed.response<zitadel::internal_permission::v2::DeleteAdministratorResponse>()
              .has_deletion_date());
    CheckRefused(given, each.caller, "DeleteAdministrator", bob, "member.not_found");
    CheckRefused(given, each.caller, "UpdateAdministrator", bob + With(each.first),
                 "member.not_found");
  }
}

TEST_CASE("a role counts only where it is of that level") {
  Delegated given;
  const std::string levels[] = {kOnInstance, kOnAcme, kOnLamps, kOnGrant};
  const std::string roles[] = {"IAM_OWNER_VIEWER", "ORG_USER_MANAGER", "PROJECT_OWNER_VIEWER",
                               "PROJECT_GRANT_OWNER_VIEWER"};
  for (int level = 0; level < 4; ++level) {
    for (int role = 0; role < 4; ++role) {
      if (role == level) continue;
      CheckRefused(given, "root", "CreateAdministrator",
                   levels[level] + Person("bob") + With({roles[role]}), "member.role_misplaced");
      CheckRefused(given, "root", "CreateAdministrator",
                   levels[level] + Person("bob") + With({roles[level], roles[role]}),
                   "member.role_misplaced");
    }
    CheckRefused(given, "root", "CreateAdministrator",
                 levels[level] + Person("bob") + With({"SYSTEM_OWNER"}), "member.role_misplaced");
    // A role of a project's own is none.
    CheckRefused(given, "root", "CreateAdministrator",
                 levels[level] + Person("bob") + With({"reader"}), "member.role_unknown");
    CheckRefused(given, "root", "UpdateAdministrator", levels[level] + Person("gus"),
                 "member.roles_missing");
  }
}

TEST_CASE("what is wrong with an administrator is refused by name, and nothing is stored") {
  Delegated given;
  const auto refused = [&](const std::string& request, const std::string& reason) {
    CheckRefused(given, "root", "CreateAdministrator", request, reason);
  };
  const std::string manager = With({"ORG_USER_MANAGER"});
  refused(kOnAcme + manager, "request.user_id.required");
  refused(Person("bob") + manager, "request.resource.required");
  refused("resource {} " + Person("bob") + manager, "request.resource.required");
  refused("resource { organization_id: '' } " + Person("bob") + manager, "org.not_found");
  refused("resource { organization_id: 'nowhere' } " + Person("bob") + manager, "org.not_found");
  refused("resource { project_id: 'acme' } " + Person("bob") + manager, "project.not_found");
  refused("resource { project_grant { project_id: 'lamps' organization_id: 'other' } } " +
              Person("bob") + manager,
          "project_grant.not_found");
  refused("resource { project_grant { project_id: 'nothing' organization_id: 'other' } } " +
              Person("bob") + manager,
          "project_grant.not_found");
  refused(kOnAcme + Person("nobody") + manager, "user.not_found");
  CheckRefused(given, "root", "DeleteAdministrator", kOnAcme + Person("cora"), "member.not_found");
}

// ---------------------------------------------------------------------- who may give what

TEST_CASE("nobody makes an administrator of what he does not administer, nor learns that it is") {
  Delegated given;
  for (const char* caller : {"bob", "otto"}) {
    for (const std::string& there :
         {kOnAcme, kOnLamps, kOnGrant, std::string("resource { organization_id: 'home' } ")}) {
      for (const char* method : {"CreateAdministrator", "UpdateAdministrator",
                                 "DeleteAdministrator"}) {
        INFO(caller << " " << method << " " << there);
        const std::string roles =
            std::string(method) == "DeleteAdministrator" ? "" : With({"ORG_USER_MANAGER"});
        const Then then = given.When(caller, method, there + Person("pam") + roles);
        CHECK(then.code == absl::StatusCode::kNotFound);
        CHECK(then.events.empty());
      }
    }
    CheckRefused(given, caller, "CreateAdministrator",
                 kOnInstance + Person(caller) + With({"IAM_OWNER"}), "auth.permission_denied");
  }
  const Then hidden = given.When("otto", "DeleteAdministrator", kOnLamps + Person("pam"));
  const Then absent = given.When("otto", "DeleteAdministrator",
                                 "resource { project_id: 'nothing' } " + Person("pam"));
  CHECK(hidden.status == absent.status);
  const Then theirs = given.When("otto", "DeleteAdministrator", kOnGrant + Person("gus"));
  const Then none = given.When(
      "otto", "DeleteAdministrator",
      "resource { project_grant { project_id: 'lamps' organization_id: 'other' } } " +
          Person("gus"));
  CHECK(theirs.status == none.status);
}

TEST_CASE("nobody hands out what he lacks himself") {
  Delegated given;
  AddPerson(given, "mia", "home");
  given.Member(InstanceScope(), "mia", {"IAM_USER_MANAGER"});
  struct Case {
    std::string caller, resource;
    Strings roles;
    std::string reason;
  };
  for (const Case& each : std::vector<Case>{
           // Of the instance who owns an organization holds nothing.
           {"ann", kOnInstance, {"IAM_OWNER"}, "auth.permission_denied"},
           {"ann", kOnInstance, {"IAM_OWNER_VIEWER"}, "auth.permission_denied"},
           {"maker", kOnInstance, {"IAM_ORG_MANAGER"}, "auth.permission_denied"},
           {"viewer", kOnInstance, {"IAM_OWNER_VIEWER"}, "auth.permission_denied"},
           // He may set people over it, and not so high.
           {"client", kOnInstance, {"IAM_OWNER"}, "member.role_exceeds"},
           {"client", kOnInstance, {"IAM_OWNER_VIEWER"}, "member.role_exceeds"},
           {"client", kOnInstance, {"IAM_LOGIN_CLIENT", "IAM_OWNER"}, "member.role_exceeds"},
           {"client", kOnAcme, {"ORG_OWNER"}, "member.role_exceeds"},
           {"client", kOnLamps, {"PROJECT_OWNER"}, "member.role_exceeds"},
           {"client", kOnGrant, {"PROJECT_GRANT_OWNER"}, "member.role_exceeds"},
           // Managers of people set nobody over anything.
           {"clerk", kOnAcme, {"ORG_OWNER"}, "org.not_found"},
           {"clerk", kOnAcme, {"ORG_USER_MANAGER"}, "org.not_found"},
           {"clerk", kOnLamps, {"PROJECT_OWNER"}, "project.not_found"},
           {"mia", kOnAcme, {"ORG_OWNER"}, "org.not_found"},
           // Who owns a part owns not the whole, and who is granted a part not the project.
           {"pam", kOnAcme, {"ORG_USER_MANAGER"}, "org.not_found"},
           {"gus", kOnCustomer, {"ORG_USER_MANAGER"}, "org.not_found"},
           {"gus", kOnLamps, {"PROJECT_OWNER_VIEWER"}, "project.not_found"},
           {"cora", kOnLamps, {"PROJECT_OWNER_VIEWER"}, "project.not_found"},
           {"cora", kOnAcme, {"ORG_USER_MANAGER"}, "org.not_found"},
           {"ann", kOnCustomer, {"ORG_USER_MANAGER"}, "org.not_found"},
       }) {
    for (const char* user : {"cole", "self"}) {
      const std::string whom = std::string(user) == "self" ? each.caller : user;
      CheckRefused(given, each.caller, "CreateAdministrator",
                   each.resource + Person(whom) + With(each.roles), each.reason);
    }
  }
}

TEST_CASE("what one lacks one does not give by a change either") {
  Delegated given;
  given.Member(InstanceScope(), "bob", {"IAM_LOGIN_CLIENT"});
  CheckRefused(given, "client", "UpdateAdministrator",
               kOnInstance + Person("bob") + With({"IAM_OWNER"}), "member.role_exceeds");
  CheckRefused(given, "client", "UpdateAdministrator",
               kOnInstance + Person("client") + With({"IAM_LOGIN_CLIENT", "IAM_ORG_MANAGER"}),
               "member.role_exceeds");
}

// He may set people over the instance and take nobody away: to replace what another holds is that.
TEST_CASE("who may not take an administrator away does not take his roles away by a change") {
  Delegated given;
  LetRootAct(given);
  given.Member(InstanceScope(), "ann", {"IAM_OWNER"});
  const Then then = given.When("client", "UpdateAdministrator",
                               kOnInstance + Person("ann") + With({"IAM_LOGIN_CLIENT"}));
  CHECK(then.code == absl::StatusCode::kPermissionDenied);
  CHECK(then.events.empty());
}

TEST_CASE("an instance's owner makes login clients, and an organization's owner viewers") {
  Delegated given;
  CHECK(given.When("root", "CreateAdministrator",
                   kOnInstance + Person("clerk") + With({"IAM_LOGIN_CLIENT"})).reason == "");
  CHECK(given.When("ann", "CreateAdministrator",
                   kOnAcme + Person("bob") + With({"ORG_OWNER_VIEWER"})).reason == "");
  CHECK(given.When("ann", "CreateAdministrator",
                   kOnLamps + Person("bob") + With({"PROJECT_OWNER"})).reason == "");
}

TEST_CASE("users of other organizations and machines are administrators like any") {
  Delegated given;
  CHECK(given.When("ann", "CreateAdministrator",
                   kOnAcme + Person("otto") + With({"ORG_USER_MANAGER"})).ok());
  CHECK(given.When("ann", "CreateAdministrator",
                   kOnAcme + Person("robot") + With({"ORG_OWNER"})).ok());
  CHECK(given.When("otto", "CreateUser", "organization_id: 'acme' machine { name: 'x' }").ok());
  CHECK(given.When("robot", "CreateAdministrator",
                   kOnAcme + Person("bob") + With({"ORG_OWNER"})).ok());
  REQUIRE(given.When("ann", "DeleteAdministrator", kOnAcme + Person("otto")).ok());
  CheckRefused(given, "otto", "CreateUser", "organization_id: 'acme' machine { name: 'y' }",
               "org.not_found");
}

TEST_CASE("whom the caller may not see he sets over nothing, nor learns that there is one") {
  Delegated given;
  // A login client sees by the instance; one who sets people over a project sees by the project.
  CHECK(given.When("pam", "CreateAdministrator",
                   kOnLamps + Person("otto") + With({"PROJECT_OWNER"})).ok());
  CheckRefused(given, "pam", "CreateAdministrator",
               kOnLamps + Person("nobody") + With({"PROJECT_OWNER"}), "user.not_found");
  REQUIRE(given.When("root", "DeleteUser", Person("cole")).ok());
  CheckRefused(given, "pam", "CreateAdministrator",
               kOnLamps + Person("cole") + With({"PROJECT_OWNER"}), "user.not_found");
  AddPerson(given, "olga", "other");
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'other'").ok());
  CheckRefused(given, "pam", "CreateAdministrator",
               kOnLamps + Person("olga") + With({"PROJECT_OWNER"}), "user.not_found");
}

TEST_CASE("with a user all that he administers ends, on every level") {
  Delegated given;
  given.Member(OrgScope("customer"), "pam", {"ORG_USER_MANAGER"});
  given.Appoint(ProjectGrantScope(given.grant), "pam", "PROJECT_GRANT_OWNER");
  REQUIRE(given.When("root", "DeleteUser", Person("pam")).ok());
  for (const Scope& scope :
       {OrgScope("customer"), ProjectScope("lamps"), ProjectGrantScope(given.grant)}) {
    CHECK(StateOf<Members>(given, scope).RolesOf("pam").empty());
  }
}

// ---------------------------------------------------------------------- somebody is left

TEST_CASE("the last owner of an organization stays one, unless the instance has it otherwise") {
  Delegated given;
  const std::string ann = kOnAcme + Person("ann");
  CheckRefused(given, "ann", "DeleteAdministrator", ann, "org.last_owner");
  CheckRefused(given, "ann", "UpdateAdministrator", ann + With({"ORG_USER_MANAGER"}),
               "org.last_owner");
  CHECK(given.When("ann", "UpdateAdministrator", ann + With({"ORG_USER_MANAGER", "ORG_OWNER"}))
            .events == Strings{"org.member.changed acme"});
  // Whoever is none is taken away as before.
  CHECK(given.When("ann", "DeleteAdministrator", kOnAcme + Person("clerk")).ok());
  REQUIRE(given.When("ann", "CreateAdministrator", kOnAcme + Person("bob") + With({"ORG_OWNER"}))
              .ok());
  CHECK(given.When("ann", "DeleteAdministrator", ann).ok());
  CheckRefused(given, "bob", "DeleteAdministrator", kOnAcme + Person("bob"), "org.last_owner");
  CHECK(given.When("maker", "DeleteAdministrator", kOnAcme + Person("bob")).ok());
}

// ann owns acme and bob manages its people, so bob may end, lock and rest whom he sees to.
struct Managed : Delegated {
  Managed() { Member(OrgScope("acme"), "bob", {"ORG_USER_MANAGER"}); }
};

TEST_CASE("the last owner of an organization is not taken away as a user either") {
  const std::string ann = Person("ann");
  for (const char* method : {"DeleteUser", "LockUser", "DeactivateUser"}) {
    Managed given;
    CheckRefused(given, "bob", method, ann, "org.last_owner");
    CheckRefused(given, "ann", method, ann, "org.last_owner");
    // Of an owner who is not active nobody is helped.
    given.Member(OrgScope("acme"), "clerk", {"ORG_OWNER"});
    Must(given, "LockUser", Person("clerk"));
    CheckRefused(given, "bob", method, ann, "org.last_owner");
    Must(given, "UnlockUser", Person("clerk"));
    CHECK(given.When("bob", method, ann).ok());
  }
}

TEST_CASE("who owns another organization is kept for that one, unless the instance has it otherwise") {
  for (const char* method : {"DeleteUser", "LockUser", "DeactivateUser"}) {
    Delegated given;
    given.Member(OrgScope("customer"), "bob", {"ORG_OWNER"});
    Must(given, "DeleteAdministrator", kOnCustomer + Person("cora"));
    CheckRefused(given, "ann", method, Person("bob"), "org.last_owner");
    CHECK(given.When("root", method, Person("bob")).ok());
  }
}

TEST_CASE("an organization that is gone keeps nobody") {
  Delegated given;
  given.Member(OrgScope("customer"), "bob", {"ORG_OWNER"});
  Must(given, "DeleteOrganization", "organization_id: 'customer'");
  CHECK(given.When("ann", "DeleteUser", Person("bob")).ok());
}

// bob lives in acme and alone owns customer.
struct OwnedFromAbroad : Delegated {
  OwnedFromAbroad() {
    Member(OrgScope("customer"), "bob", {"ORG_OWNER"});
    Must(*this, "DeleteAdministrator", kOnCustomer + Person("cora"));
  }
};

TEST_CASE("an organization ends with its people, and the instance names who owns what they owned") {
  for (const char* method : {"DeleteOrganization", "DeactivateOrganization"}) {
    OwnedFromAbroad given;
    INFO(method);
    // For himself alone he is kept.
    CheckRefused(given, "ann", "DeleteUser", Person("bob"), "org.last_owner");
    CHECK(given.When("ann", method, "organization_id: 'acme'").ok());
    CHECK(given.When("bob", "UpdateOrganization", "organization_id: 'customer' name: 'Mine'").code ==
          absl::StatusCode::kUnauthenticated);
    const std::string cora = kOnCustomer + Person("cora") + With({"ORG_OWNER"});
    CHECK(given.When("maker", "CreateAdministrator", cora).ok());
    CHECK(given.When("cora", "UpdateOrganization", "organization_id: 'customer' name: 'Ours'").ok());
  }
}

TEST_CASE("with an organization the last who administers the instance does not end") {
  for (const char* method : {"DeleteOrganization", "DeactivateOrganization"}) {
    Delegated given;
    INFO(method);
    // root has nothing to sign in with, and so counts for nothing.
    given.Member(InstanceScope(), "clerk", {"IAM_OWNER"});
    GiveToken(given, "clerk");
    for (const std::string caller : {"ann", "root", "maker", ""}) {
      CheckRefused(given, caller, method, "organization_id: 'acme'", "instance.last_owner");
    }
    given.Member(InstanceScope(), "client", {"IAM_OWNER"});
    GiveToken(given, "client");
    CHECK(given.When("ann", method, "organization_id: 'acme'").ok());
  }
}

TEST_CASE("of two last owners of an organization who end each other one stays") {
  for (int i = 0; i < 5; ++i) {
    Managed given;
    given.Member(OrgScope("acme"), "bob", {"ORG_OWNER"});
    const auto thens = given.Race(
        {{"ann", "DeleteUser", Person("bob")}, {"bob", "DeactivateUser", Person("ann")}});
    CHECK(thens[0].ok() != thens[1].ok());
  }
}

TEST_CASE("of two last owners of an organization who remove each other one stays") {
  for (int i = 0; i < 5; ++i) {
    Delegated given;
    given.Member(OrgScope("acme"), "bob", {"ORG_OWNER"});
    const auto thens =
        given.Race({{"ann", "DeleteAdministrator", kOnAcme + Person("bob")},
                    {"bob", "DeleteAdministrator", kOnAcme + Person("ann")}});
    CHECK(thens[0].ok() != thens[1].ok());
    CHECK(thens[0].events == Strings{"org.member.removed acme"});
    const Then& lost = thens[thens[0].ok() ? 1 : 0];
    // He was removed himself by then.
    CHECK(lost.reason == "org.not_found");
    CHECK(StateOf<Members>(given, OrgScope("acme")).roles.size() == 2);
  }
}

TEST_CASE("the last owner of the instance stays one") {
  Delegated given;
  LetRootAct(given);
  const std::string root = kOnInstance + Person("root");
  CheckRefused(given, "root", "DeleteAdministrator", root, "instance.last_owner");
  CheckRefused(given, "root", "UpdateAdministrator", root + With({"IAM_OWNER_VIEWER"}),
               "instance.last_owner");
  CheckRefused(given, "", "DeleteAdministrator", root, "instance.last_owner");
  CHECK(given.When("root", "UpdateAdministrator", root + With({"IAM_OWNER", "IAM_ORG_MANAGER"}))
            .ok());
  CHECK(given.When("root", "DeleteAdministrator", kOnInstance + Person("viewer")).ok());
  // Another counts once he can act.
  REQUIRE(given.When("root", "CreateAdministrator",
                     kOnInstance + Person("robot") + With({"IAM_OWNER"})).ok());
  CheckRefused(given, "root", "DeleteAdministrator", root, "instance.last_owner");
  GiveToken(given, "robot");
  CHECK(given.When("robot", "DeleteAdministrator", root).ok());
  CheckRefused(given, "robot", "DeleteAdministrator", kOnInstance + Person("robot"),
               "instance.last_owner");
}

TEST_CASE("of two last owners of the instance who remove each other one stays") {
  for (int i = 0; i < 5; ++i) {
    Delegated given;
    LetRootAct(given);
    GiveToken(given, "robot");
    given.Member(InstanceScope(), "robot", {"IAM_OWNER"});
    const auto thens =
        given.Race({{"root", "DeleteAdministrator", kOnInstance + Person("robot")},
                    {"robot", "DeleteAdministrator", kOnInstance + Person("root")}});
    CHECK(thens[0].ok() != thens[1].ok());
    CHECK(thens[0].events == Strings{"instance.member.removed 1"});
    CHECK(thens[thens[0].ok() ? 1 : 0].reason == "auth.permission_denied");
  }
}

TEST_CASE("a login client is given another role beside his own") {
  Delegated given;
  LetRootAct(given);
  const std::string client = kOnInstance + Person("client");
  CHECK(given.When("", "UpdateAdministrator",
                   client + With({"IAM_LOGIN_CLIENT", "IAM_OWNER_VIEWER"})).reason == "");
  CheckRefused(given, "", "UpdateAdministrator", client + With({"IAM_OWNER_VIEWER"}),
               "instance.last_owner");
  CheckRefused(given, "root", "DeleteAdministrator", client, "instance.last_owner");
}

TEST_CASE("a project and a grant may be without an owner: their organizations are above them") {
  Delegated given;
  for (const char* user : {"pam", "robot"}) {
    CHECK(given.When("ann", "DeleteAdministrator", kOnLamps + Person(user)).ok());
  }
  CHECK(given.When("gus", "DeleteAdministrator", kOnGrant + Person("gus")).ok());
  CHECK(given.When("cora", "CreateAdministrator",
                   kOnGrant + Person("cole") + With({"PROJECT_GRANT_OWNER"})).ok());
}

}  // namespace
}  // namespace muniment::command
