#include "base/access.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "base/error.h"

namespace muniment {
namespace {

using Roles = std::vector<std::string>;

TEST_CASE("the roles are the published 26, each with its number of permissions") {
  const std::map<std::string, size_t> published = {{"SYSTEM_OWNER", 17},
                                                   {"SYSTEM_OWNER_VIEWER", 5},
                                                   {"IAM_OWNER", 102},
                                                   {"IAM_OWNER_VIEWER", 36},
                                                   {"IAM_ORG_MANAGER", 64},
                                                   {"IAM_USER_MANAGER", 28},
                                                   {"IAM_ADMIN_IMPERSONATOR", 2},
                                                   {"IAM_END_USER_IMPERSONATOR", 1},
                                                   {"IAM_LOGIN_CLIENT", 36},
                                                   {"ORG_OWNER", 62},
                                                   {"ORG_USER_MANAGER", 19},
                                                   {"ORG_OWNER_VIEWER", 21},
                                                   {"ORG_SETTINGS_MANAGER", 12},
                                                   {"ORG_USER_PERMISSION_EDITOR", 16},
                                                   {"ORG_PROJECT_PERMISSION_EDITOR", 16},
                                                   {"ORG_PROJECT_CREATOR", 4},
                                                   {"ORG_ADMIN_IMPERSONATOR", 2},
                                                   {"ORG_END_USER_IMPERSONATOR", 1},
                                                   {"PROJECT_OWNER", 26},
                                                   {"PROJECT_OWNER_VIEWER", 11},
                                                   {"SELF_MANAGEMENT_GLOBAL", 3},
                                                   {"ORG_USER_SELF_MANAGER", 2},
                                                   {"PROJECT_OWNER_GLOBAL", 19},
                                                   {"PROJECT_OWNER_VIEWER_GLOBAL", 10},
                                                   {"PROJECT_GRANT_OWNER", 13},
                                                   {"PROJECT_GRANT_OWNER_VIEWER", 8}};
  CHECK(AllRoles().size() == published.size());
  for (const auto& [name, count] : published) {
    INFO(name);
    REQUIRE(FindRole(name) != nullptr);
    CHECK(FindRole(name)->permissions.size() == count);
  }
}

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

TEST_CASE("a permission is held through the instance or through the organization") {
  CHECK(Allows(Roles{"IAM_OWNER"}, {}, "user.write"));
  CHECK(Allows({}, Roles{"ORG_OWNER_VIEWER", "ORG_USER_MANAGER"}, "user.write"));
  CHECK_FALSE(Allows({}, Roles{"ORG_OWNER_VIEWER"}, "user.write"));
  CHECK_FALSE(Allows(Roles{"IAM_OWNER_VIEWER"}, Roles{"ORG_OWNER_VIEWER"}, "user.write"));
  CHECK_FALSE(Allows({}, {}, "user.read"));
}

TEST_CASE("unknown roles and permissions hold nothing") {
  CHECK_FALSE(Allows(Roles{"IAM_OWNER"}, Roles{"ORG_OWNER"}, ""));
  CHECK_FALSE(Allows(Roles{"IAM_OWNER"}, Roles{"ORG_OWNER"}, "everything"));
  CHECK_FALSE(Allows(Roles{"ROOT", "", "iam_owner", "IAM_OWNER "}, Roles{"*"}, "user.read"));
}

TEST_CASE("a role that stands on a level it is not made for grants nothing") {
  CHECK_FALSE(Allows({}, Roles{"IAM_OWNER"}, "user.read"));
  CHECK_FALSE(Allows(Roles{"ORG_OWNER"}, {}, "user.read"));
  CHECK_FALSE(Allows(Roles{"SYSTEM_OWNER"}, Roles{"SYSTEM_OWNER"}, "system.instance.read"));
  CHECK(RolePermissions(Level::kProject, Roles{"PROJECT_GRANT_OWNER"}).empty());
}

TEST_CASE("grants reach what they stand on and what is in it") {
  const std::vector<Grant> grants = {{Level::kOrg, "1", {"ORG_OWNER_VIEWER"}},
                                     {Level::kProject, "7", {"PROJECT_OWNER"}},
                                     {Level::kProjectGrant, "9", {"PROJECT_GRANT_OWNER"}}};
  CHECK(PermissionsOn(grants, {"1", "", ""}).size() == 21);
  CHECK(PermissionsOn(grants, {"2", "", ""}).empty());
  CHECK(PermissionsOn(grants, {"1", "7", ""}).Has("project.write"));
  CHECK_FALSE(PermissionsOn(grants, {"1", "8", ""}).Has("project.write"));
  CHECK(PermissionsOn(grants, {"2", "8", "9"}).size() == 13);
  CHECK(PermissionsOn(grants, {}).empty());

  const std::vector<Grant> everywhere = {{Level::kInstance, "i", {"IAM_OWNER"}}};
  CHECK(PermissionsOn(everywhere, {}).size() == 102);
  CHECK(PermissionsOn(everywhere, {"5", "", ""}).size() == 102);

  const std::vector<Grant> hostile = {{Level::kOrg, "", {"ORG_OWNER"}},
                                      {Level::kSystem, "1", {"SYSTEM_OWNER"}},
                                      {Level::kOrg, "1", {"IAM_OWNER"}}};
  CHECK(PermissionsOn(hostile, {}).empty());
  CHECK(PermissionsOn(hostile, {"1", "", ""}).empty());
}

TEST_CASE("nobody grants what he lacks") {
  const Permissions iam = RolePermissions(Level::kInstance, Roles{"IAM_OWNER"});
  const Permissions org = RolePermissions(Level::kOrg, Roles{"ORG_OWNER"});
  CHECK(Covers(iam, Level::kOrg, Roles{"ORG_OWNER"}));
  CHECK(Covers(iam, Level::kInstance, Roles{"IAM_OWNER", "IAM_USER_MANAGER"}));
  CHECK(Covers(org, Level::kOrg, Roles{"ORG_OWNER", "ORG_USER_MANAGER"}));
  CHECK_FALSE(Covers(org, Level::kInstance, Roles{"IAM_OWNER"}));
  CHECK_FALSE(Covers(org, Level::kInstance, Roles{"IAM_OWNER_VIEWER"}));
  CHECK_FALSE(Covers({}, Level::kOrg, Roles{"ORG_USER_SELF_MANAGER"}));
  CHECK_FALSE(Covers(org, Level::kOrg, Roles{"ORG_OWNER", "ORG_ADMIN_IMPERSONATOR"}));
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
