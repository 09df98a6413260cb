#include "base/access.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/error.h"

namespace muniment {
namespace {

using Roles = std::vector<std::string>;

TEST_CASE("there are 125 permissions, each found by its name") {
  CHECK(AllPermissions().size() == 125);
  CHECK(std::is_sorted(AllPermissions().begin(), AllPermissions().end()));
  for (size_t i = 0; i < AllPermissions().size(); ++i) {
    CHECK(PermissionIndex(AllPermissions()[i]) == i);
  }
  for (const char* name : {"user.read", "user.self.delete", "project.read:self", "session.link",
                           "admin.impersonation", "impersonation", "project.grant.user.grant.read",
                           "system.quota.delete", "iam.web_key.write"}) {
    CHECK(PermissionIndex(name).has_value());
  }
  for (const char* name : {"", "user", "user.", "user.READ", "user.readx", "*"}) {
    CHECK_FALSE(PermissionIndex(name).has_value());
  }
}

TEST_CASE("a role grants its own permissions and no others") {
  CHECK(RolePermissions(Level::kOrg, Roles{"ORG_PROJECT_CREATOR"}).Names() ==
        Roles{"policy.read", "project.create", "project.read:self", "user.global.read"});
  const Permissions owner = FindRole("ORG_OWNER")->permissions;
  CHECK(owner.Has("user.write"));
  CHECK_FALSE(owner.Has("project.app.delete"));
  CHECK_FALSE(owner.Has("org.create"));
  CHECK_FALSE(owner.Has("session.write"));
  CHECK_FALSE(owner.Has("no.such"));
  for (const Role& role : AllRoles()) {
    if (role.level == Level::kInstance || role.level == Level::kSystem) continue;
    for (const std::string& name : role.permissions.Names()) {
      INFO(role.name << " " << name);
      CHECK(name.substr(0, 4) != "iam.");
      CHECK(name.substr(0, 7) != "system.");
    }
  }
}

bool Permits(const Roles& on_instance, const Roles& on_org, const char* permission) {
  return Allows({.instance = on_instance, .org = on_org}, permission);
}

TEST_CASE("a permission is held through the instance or through the organization") {
  CHECK(Permits(Roles{"IAM_OWNER"}, {}, "user.write"));
  CHECK(Permits({}, Roles{"ORG_OWNER_VIEWER", "ORG_USER_MANAGER"}, "user.write"));
  CHECK_FALSE(Permits({}, Roles{"ORG_OWNER_VIEWER"}, "user.write"));
  CHECK_FALSE(Permits(Roles{"IAM_OWNER_VIEWER"}, Roles{"ORG_OWNER_VIEWER"}, "user.write"));
  CHECK_FALSE(Permits({}, {}, "user.read"));
}

TEST_CASE("unknown roles and permissions hold nothing") {
  CHECK_FALSE(Permits(Roles{"IAM_OWNER"}, Roles{"ORG_OWNER"}, ""));
  CHECK_FALSE(Permits(Roles{"IAM_OWNER"}, Roles{"ORG_OWNER"}, "everything"));
  CHECK_FALSE(Permits(Roles{"ROOT", "", "iam_owner", "IAM_OWNER "}, Roles{"*"}, "user.read"));
}

TEST_CASE("a role that stands on a level it is not made for grants nothing") {
  CHECK_FALSE(Permits({}, Roles{"IAM_OWNER"}, "user.read"));
  CHECK_FALSE(Permits(Roles{"ORG_OWNER"}, {}, "user.read"));
  CHECK_FALSE(Permits(Roles{"SYSTEM_OWNER"}, Roles{"SYSTEM_OWNER"}, "system.instance.read"));
  CHECK(RolePermissions(Level::kProject, Roles{"PROJECT_GRANT_OWNER"}).empty());
}

TEST_CASE("roles count on all that leads to a target, each on its own level") {
  const Roles owner = {"ORG_OWNER"}, project = {"PROJECT_OWNER"}, grant = {"PROJECT_GRANT_OWNER"};
  CHECK(Allows({.project = project}, "project.write"));
  CHECK(Allows({.project_grant = grant}, "project.grant.member.write"));
  CHECK_FALSE(Allows({.project = owner, .project_grant = owner}, "user.read"));
  CHECK_FALSE(Allows({.org = project}, "project.write"));
  CHECK(Owns({.org = owner}));
  CHECK(Owns({.project_grant = grant}));
  CHECK_FALSE(Owns({.instance = owner, .project = grant}));
  CHECK_FALSE(Owns({.org = Roles{"ORG_USER_MANAGER"}}));
}

RoleBook Book(const std::string& name, Level level, const Roles& permissions) {
  RoleBook book;
  book.Put({name, level, PermissionsFor(level, permissions).value()});
  return book;
}

TEST_CASE("what is defined counts where it is defined, on its level, and never as a published role") {
  RoleBook instance = Book("AUDITOR", Level::kOrg, {"user.read"});
  RoleBook org = Book("KEEPER", Level::kProject, {"project.write"});
  const RoleBooks both = {&instance, &org};
  const Roles auditor = {"AUDITOR"}, keeper = {"KEEPER"};
  CHECK(Allows({.org = auditor, .books = both}, "user.read"));
  CHECK(Allows({.project = keeper, .books = both}, "project.write"));
  CHECK_FALSE(Allows({.org = auditor}, "user.read"));
  CHECK_FALSE(Allows({.org = keeper, .books = both}, "project.write"));
  CHECK_FALSE(Allows({.instance = auditor, .books = both}, "user.read"));
  CHECK_FALSE(Allows({.org = auditor, .books = both}, "user.write"));
  CHECK(ArePublished(Roles{"ORG_OWNER", "IAM_OWNER"}));
  CHECK_FALSE(ArePublished(Roles{"ORG_OWNER", "AUDITOR"}));
  CHECK(ValidRolesFor(Level::kOrg, auditor, both).ok());
  CHECK(Reason(ValidRolesFor(Level::kOrg, auditor)) == "member.role_unknown");
  CHECK(Reason(ValidRolesFor(Level::kOrg, keeper, both)) == "member.role_misplaced");
  CHECK(RolesFor(Level::kProject, both).back() == "KEEPER");

  // Nobody can make a published role another.
  org.Put({"ORG_OWNER", Level::kOrg, {}});
  CHECK(Allows({.org = Roles{"ORG_OWNER"}, .books = both}, "user.write"));
  // A name that is spent in the organization means nothing there, whatever the instance says.
  org.Spend("AUDITOR");
  CHECK(org.Knows("AUDITOR"));
  CHECK_FALSE(Allows({.org = auditor, .books = both}, "user.read"));
  CHECK(RolesFor(Level::kOrg, both) == RolesFor(Level::kOrg));
}

TEST_CASE("a defined role is named and made only of what can mean something") {
  for (const char* good : {"A", "AUDITOR", "A_1", "IAMBIC", "ORGANIZER"}) {
    CHECK(ValidRoleName(good).ok());
  }
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("A B"), std::string("IAM_X"),
        std::string("ORG_OWNER"), std::string("SELF_X"), std::string("A\0", 2),
        std::string(101, 'A')}) {
    CHECK(Reason(ValidRoleName(bad)) == "role.name_invalid");
  }
  CHECK(PermissionsFor(Level::kOrg, Roles{"user.read", "org.write"})->size() == 2);
  CHECK(Reason(PermissionsFor(Level::kOrg, {}).status()) == "role.permissions_missing");
  CHECK(Reason(PermissionsFor(Level::kOrg, Roles{"x"}).status()) == "permission.unknown");
  CHECK(Reason(PermissionsFor(Level::kOrg, Roles{"iam.write"}).status()) ==
        "permission.misplaced");
  CHECK(Reason(PermissionsFor(Level::kInstance, Roles{"system.debug.read"}).status()) ==
        "permission.misplaced");
}

TEST_CASE("roles are taken only on their level, known, and once") {
  CHECK(ValidRolesFor(Level::kInstance, Roles{"IAM_OWNER", "IAM_LOGIN_CLIENT"}).ok());
  CHECK(ValidRolesFor(Level::kOrg, Roles{"ORG_OWNER", "SELF_MANAGEMENT_GLOBAL"}).ok());
  CHECK(ValidRolesFor(Level::kProject, Roles{"PROJECT_OWNER_GLOBAL"}).ok());
  CHECK(ValidRolesFor(Level::kProjectGrant, Roles{"PROJECT_GRANT_OWNER_VIEWER"}).ok());
  CHECK(Reason(ValidRolesFor(Level::kOrg, {})) == "member.roles_missing");
  CHECK(Reason(ValidRolesFor(Level::kOrg, Roles{"ORG_ROOT"})) == "member.role_unknown");
  CHECK(Reason(ValidRolesFor(Level::kOrg, Roles{"IAM_OWNER"})) == "member.role_misplaced");
  CHECK(Reason(ValidRolesFor(Level::kInstance, Roles{"SYSTEM_OWNER"})) == "member.role_misplaced");
  CHECK(Reason(ValidRolesFor(Level::kProject, Roles{"PROJECT_GRANT_OWNER"})) ==
        "member.role_misplaced");
  CHECK(Reason(ValidRolesFor(Level::kOrg, Roles{"ORG_OWNER", "ORG_OWNER"})) ==
        "member.role_repeated");
}

TEST_CASE("each level lists its roles") {
  CHECK(RolesFor(Level::kSystem).size() == 2);
  CHECK(RolesFor(Level::kInstance).size() == 7);
  CHECK(RolesFor(Level::kOrg).size() == 11);
  CHECK(RolesFor(Level::kProject).size() == 4);
  CHECK(RolesFor(Level::kProjectGrant).size() == 2);
}

}  // namespace
}  // namespace muniment
