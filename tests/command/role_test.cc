// Roles that are defined at run time: who defines them, of what, and what they are worth.
#include "command/role/defined_roles.h"

#include "command/org/sweep_organization.h"
#include "muniment/api/role/v1/role.pb.h"
#include "tests/command/delegation_world.h"

namespace muniment::command {
namespace {

std::string Named(const std::string& name) { return absl::StrCat("name: '", name, "' "); }

std::string Permitting(const Strings& permissions) {
  std::string text;
  for (const std::string& each : permissions) absl::StrAppend(&text, "permissions: '", each, "' ");
  return text;
}

std::string New(const std::string& on, const std::string& name, const std::string& level,
                const Strings& permissions) {
  return absl::StrCat(on, Named(name), "level: ROLE_LEVEL_", level, " ", Permitting(permissions));
}

std::string With(const std::string& on, const std::string& user, const std::string& role) {
  return absl::StrCat(on, Person(user), "roles: '", role, "'");
}

// What somebody meets who looks after robot, of acme.
std::string Helps(Given& given, const std::string& caller) {
  return given.When(caller, "UpdateUser", "user_id: 'robot' machine { description: 'x' }").reason;
}
std::string Refused(Given& given, const std::string& caller, const std::string& method,
                    const std::string& request) {
  const Then then = given.When(caller, method, request);
  CHECK(then.events.empty());
  return then.reason;
}

const std::string kHelper = New(kOnAcme, "HELPER", "ORGANIZATION", {"user.write", "user.read"});

TEST_CASE("a role of an organization is worth its permissions there, until it ends") {
  Delegated given;
  const Then made = given.When("ann", "CreateRole", kHelper + "display_name: 'Helpers'");
  INFO(made.status);
  REQUIRE(made.events == Strings{"org.custom.role.added acme"});
  CHECK(made.facts[0].meta.owner == "acme");
  CHECK(made.response<api::role::v1::CreateRoleResponse>().has_creation_date());
  CHECK(Helps(given, "bob") == "user.not_found");
  REQUIRE(given.When("ann", "CreateAdministrator", With(kOnAcme, "bob", "HELPER")).ok());
  CHECK(Helps(given, "bob") == "");
  // Of other organizations, and of more than it says, it is worth nothing.
  CHECK(given.When("bob", "UpdateUser", "user_id: 'cole' human { profile { nick_name: 'C' } }")
            .reason == "user.not_found");
  CHECK(given.When("bob", "DeleteUser", "user_id: 'robot'").reason == "user.not_found");

  const std::string helper = kOnAcme + Named("HELPER");
  const Then less = given.When("ann", "UpdateRole", helper + Permitting({"user.read"}));
  REQUIRE(less.events == Strings{"org.custom.role.changed acme"});
  CHECK(less.fact<event::v1::RoleChanged>(0).display_name() == "Helpers");
  CHECK(Helps(given, "bob") == "user.not_found");
  const Then same = given.When("ann", "UpdateRole", helper + Permitting({"user.read"}));
  CHECK(same.ok());
  CHECK(same.events.empty());
  REQUIRE(given.When("ann", "UpdateRole", helper + Permitting({"user.write"})).ok());
  CHECK(Helps(given, "bob") == "");
  REQUIRE(given.When("ann", "DeleteRole", helper).events ==
          Strings{"org.custom.role.removed acme"});
  CHECK(Helps(given, "bob") == "user.not_found");
  CHECK(Refused(given, "ann", "DeleteRole", helper) == "role.not_found");
  CHECK(Refused(given, "ann", "UpdateRole", helper) == "role.not_found");
}

TEST_CASE("the name of a role that was removed gives nobody anything ever again") {
  Delegated given;
  Must(given, "CreateRole", kHelper);
  Must(given, "CreateAdministrator", With(kOnAcme, "bob", "HELPER"));
  Must(given, "DeleteRole", kOnAcme + Named("HELPER"));
  CHECK(Refused(given, "root", "CreateRole", kHelper) == "role.already_exists");
  // By the instance it may be defined, and is not what acme's memberships mean.
  Must(given, "CreateRole", New(kOnInstance, "HELPER", "ORGANIZATION", {"user.write"}));
  CHECK(Helps(given, "bob") == "user.not_found");
  CHECK(Refused(given, "root", "CreateAdministrator", With(kOnAcme, "pam", "HELPER")) ==
        "member.role_unknown");
  CHECK(given.When("root", "CreateAdministrator", With(kOnCustomer, "bob", "HELPER")).ok());
}

TEST_CASE("a role of the instance is given on any organization, project and grant") {
  Delegated given;
  struct Case {
    std::string level, on, caller;
    Strings permissions;
  };
  for (const Case& each : std::vector<Case>{
           {"INSTANCE", kOnInstance, "root", {"user.write"}},
           {"ORGANIZATION", kOnAcme, "ann", {"user.write"}},
           {"PROJECT", kOnLamps, "pam", {"project.role.write", "project.role.read"}},
           {"PROJECT_GRANT", kOnGrant, "gus", {"project.grant.member.write", "user.global.read"}}}) {
    INFO(each.level);
    const std::string name = absl::StrCat("OF_", each.level);
    Must(given, "CreateRole", New(kOnInstance, name, each.level, each.permissions));
    for (const std::string& on : {kOnInstance, kOnAcme, kOnLamps, kOnGrant}) {
      const Then then = given.When("root", "CreateAdministrator", With(on, "bob", name));
      INFO(on << then.status);
      CHECK(then.reason == (on == each.on ? "" : "member.role_misplaced"));
      if (then.ok()) REQUIRE(given.When("root", "DeleteAdministrator", on + Person("bob")).ok());
    }
    CHECK(given.When(each.caller, "CreateAdministrator", With(each.on, "bob", name)).ok());
  }
  CHECK(given.When("bob", "AddProjectRole", kLamps + "role_key: 'x' display_name: 'x'").ok());
  CHECK(given.When("bob", "DeleteProject", kLamps).reason == "project.not_found");
  CHECK(given.When("bob", "CreateAdministrator", With(kOnGrant, "cole", "OF_PROJECT_GRANT")).ok());
  CHECK(Refused(given, "bob", "CreateAdministrator",
                With(kOnGrant, "cora", "PROJECT_GRANT_OWNER")) == "member.role_exceeds");
}

TEST_CASE("nobody makes a role of what he lacks, nor makes one more, nor gives it") {
  Delegated given;
  // Who may set people over acme and looks after them, and no more.
  Must(given, "CreateRole",
       New(kOnAcme, "CHIEF", "ORGANIZATION",
           {"org.read", "org.member.read", "org.member.write", "user.read", "user.write",
            "user.global.read"}));
  Must(given, "CreateAdministrator", With(kOnAcme, "bob", "CHIEF"));
  const auto make = [&](const std::string& name, const Strings& permissions) {
    return given.When("bob", "CreateRole", New(kOnAcme, name, "ORGANIZATION", permissions)).reason;
  };
  CHECK(make("MINE", {"user.read", "user.write"}) == "");
  CHECK(make("MORE", {"user.read", "user.delete"}) == "role.exceeds");
  CHECK(Refused(given, "bob", "UpdateRole",
                kOnAcme + Named("MINE") + Permitting({"user.delete"})) == "role.exceeds");
  CHECK(Refused(given, "bob", "UpdateRole",
                kOnAcme + Named("CHIEF") + Permitting({"org.delete"})) == "role.exceeds");
  Must(given, "CreateRole", New(kOnAcme, "ABOVE", "ORGANIZATION", {"user.delete"}));
  // Neither to have it, nor to take it from those who do.
  CHECK(Refused(given, "bob", "UpdateRole", kOnAcme + Named("ABOVE") + Permitting({"user.read"})) ==
        "role.exceeds");
  CHECK(Refused(given, "bob", "CreateAdministrator", With(kOnAcme, "pam", "ABOVE")) ==
        "member.role_exceeds");
  CHECK(Refused(given, "bob", "CreateAdministrator", With(kOnAcme, "pam", "ORG_OWNER")) ==
        "member.role_exceeds");
  CHECK(given.When("bob", "CreateAdministrator", With(kOnAcme, "pam", "MINE")).ok());
  CHECK(Refused(given, "bob", "DeleteRole", kOnAcme + Named("MINE")) == "org.not_found");
  // Nor does he get hold of somebody who has it.
  Must(given, "UpdateAdministrator", With(kOnAcme, "pam", "ABOVE"));
  CHECK(Refused(given, "bob", "SetPassword",
                "user_id: 'pam' new_password { password: 'Wood-Lamp-7-River' }") ==
        "user.holds_more");
}

TEST_CASE("who may not set people over something defines no roles there") {
  Delegated given;
  Must(given, "CreateRole", kHelper);
  for (const auto& [caller, reason] :
       std::vector<std::pair<std::string, std::string>>{{"otto", "org.not_found"},
                                                        {"cora", "org.not_found"},
                                                        {"pam", "org.not_found"},
                                                        {"clerk", "org.not_found"},
                                                        {"viewer", "org.not_found"},
                                                        {"bob", "org.not_found"},
                                                        {"anonymous", "auth.required"}}) {
    INFO(caller);
    const std::string other = New(kOnAcme, "OTHER", "ORGANIZATION", {"user.read"});
    CHECK(Refused(given, caller, "CreateRole", other) == reason);
    CHECK(Refused(given, caller, "UpdateRole", kOnAcme + Named("HELPER")) == reason);
    CHECK(Refused(given, caller, "DeleteRole", kOnAcme + Named("HELPER")) == reason);
  }
  for (const char* caller : {"ann", "otto", "viewer"}) {
    CHECK(Refused(given, caller, "CreateRole",
                  New(kOnInstance, "OTHER", "INSTANCE", {"user.read"})) ==
          "auth.permission_denied");
  }
}

TEST_CASE("what is wrong with a role is refused by name, and nothing is stored") {
  Delegated given;
  Must(given, "CreateRole", New(kOnInstance, "COMMON", "ORGANIZATION", {"user.read"}));
  const auto refused = [&](const std::string& request, const std::string& reason) {
    INFO(request);
    CHECK(Refused(given, "root", "CreateRole", request) == reason);
  };
  for (const char* name : {"helper", "H H", "1HELPER", "_HELPER", "ORG_OWNER", "ORG_HELPER",
                           "IAM_HELPER", "PROJECT_HELPER", "SYSTEM_HELPER", "SELF_HELPER",
                           "HÉLPER", "H-H"}) {
    refused(New(kOnAcme, name, "ORGANIZATION", {"user.read"}), "role.name_invalid");
  }
  refused(New(kOnAcme, "COMMON", "ORGANIZATION", {"user.read"}), "role.already_exists");
  refused(New(kOnAcme, "A", "INSTANCE", {"user.read"}), "role.level_invalid");
  refused(New(kOnAcme, "A", "UNSPECIFIED", {"user.read"}), "request.level.zero");
  refused(New(kOnAcme, "A", "ORGANIZATION", {"everything"}), "permission.unknown");
  refused(New(kOnAcme, "A", "ORGANIZATION", {"iam.write"}), "permission.misplaced");
  refused(New(kOnAcme, "A", "ORGANIZATION", {"system.instance.write"}), "permission.misplaced");
  refused(New(kOnAcme, "A", "PROJECT", {"org.write"}), "permission.misplaced");
  refused(New(kOnAcme, "A", "ORGANIZATION", {"user.read", "user.read"}),
          "request.permissions.repeated");
  refused(New(kOnLamps, "A", "PROJECT", {"project.read"}), "role.resource_invalid");
  refused(New(kOnGrant, "A", "PROJECT_GRANT", {"project.read"}), "role.resource_invalid");
  refused(New("resource { organization_id: 'nowhere' } ", "A", "ORGANIZATION", {"user.read"}),
          "org.not_found");
  CHECK(given.When("root", "CreateRole", New(kOnAcme, "A", "ORGANIZATION", {})).code ==
        absl::StatusCode::kInvalidArgument);
  CHECK(given.When("root", "CreateRole", absl::StrCat(kOnAcme, Named("A"))).code ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a hundred roles are all that there are at a time") {
  Delegated given;
  for (int i = 0; i < 100; ++i) {
    Must(given, "CreateRole",
         New(kOnAcme, absl::StrCat("R", i), "ORGANIZATION", {"user.read"}));
  }
  const std::string more = New(kOnAcme, "MORE", "ORGANIZATION", {"user.read"});
  CHECK(Refused(given, "root", "CreateRole", more) == "role.too_many");
  Must(given, "DeleteRole", kOnAcme + Named("R7"));
  CHECK(given.When("root", "CreateRole", more).ok());
}

TEST_CASE("with an organization's rest its roles count no more, and with its end they are ended") {
  Delegated given;
  Must(given, "CreateRole", kHelper);
  Must(given, "CreateAdministrator", With(kOnAcme, "cole", "HELPER"));
  REQUIRE(Helps(given, "cole") == "");
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  CHECK(Helps(given, "cole") == "user.not_found");
  Must(given, "ActivateOrganization", "organization_id: 'acme'");
  CHECK(Helps(given, "cole") == "");
  Must(given, "DeleteOrganization", "organization_id: 'acme'");
  CHECK(Helps(given, "cole") == "user.not_found");
  given.AsSystem([](Unit& unit) { return SweepOwned(unit, "acme").status(); });
  const DefinedRoles left = StateOf<DefinedRoles>(given, OrgScope("acme"));
  CHECK(left.roles.empty());
  CHECK(left.book.Knows("HELPER"));
  CHECK(left.book.Find("HELPER") == nullptr);
}

TEST_CASE("a role that ends while it decides lets nothing through") {
  Delegated given;
  Must(given, "CreateRole", kHelper);
  Must(given, "CreateAdministrator", With(kOnAcme, "cole", "HELPER"));
  for (int i = 0; i < 20; ++i) {
    const std::string name = absl::StrCat("T", i);
    Must(given, "CreateRole", New(kOnAcme, name, "ORGANIZATION", {"user.write"}));
    Must(given, "UpdateAdministrator", With(kOnAcme, "cole", name));
    const auto thens = given.Race(
        {{"cole", "UpdateUser", absl::StrCat("user_id: 'robot' machine { description: '", i, "' }")},
         {"root", "DeleteRole", kOnAcme + Named(name)}});
    REQUIRE(thens[1].ok());
    // Whichever was first: of what he did nothing stands after the role's end.
    uint64_t removed = 0, changed = 0;
    for (const auto& event : thens[0].facts) {
      if (event.meta.type == "org.custom.role.removed") removed = event.meta.sequence;
      if (event.meta.type == "user.machine.changed") changed = event.meta.sequence;
    }
    REQUIRE(removed != 0);
    CHECK(thens[0].ok() == (changed != 0));
    CHECK(changed < removed);
  }
}

TEST_CASE("an owner of what rests owns nothing that is left to him elsewhere") {
  Delegated given;
  // cora owns acme and, by the instance, looks after its people too.
  Must(given, "CreateRole",
       New(kOnInstance, "STAFF", "INSTANCE",
           {"user.read", "user.write", "user.credential.write"}));
  Must(given, "CreateAdministrator", With(kOnInstance, "cora", "STAFF"));
  Must(given, "CreateAdministrator", With(kOnAcme, "cora", "ORG_OWNER"));
  Must(given, "CreateAdministrator", With(kOnAcme, "pam", "ORG_OWNER"));
  const std::string password =
      "user_id: 'pam' new_password { password: 'Wood-Lamp-7-River' }";
  CHECK(given.When("cora", "SetPassword", password).reason == "");
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  CHECK(Refused(given, "cora", "SetPassword", password) != "");
}

TEST_CASE("an organization's owner sets the password of who owns a project of it") {
  Delegated given;
  CHECK(given
            .When("ann", "SetPassword",
                  "user_id: 'pam' new_password { password: 'Wood-Lamp-7-River' }")
            .reason == "");
}

}  // namespace
}  // namespace muniment::command
