#include "base/access.h"

#include <algorithm>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/error.h"
#include "base/roles.h"

namespace muniment {
namespace {

absl::string_view Verb(char letter) {
  switch (letter) {
    case 'c':
      return "create";
    case 'r':
      return "read";
    case 'w':
      return "write";
    case 'd':
      return "delete";
    case 'l':
      return "link";
    case 's':
      return "read:self";
  }
  return "";
}

std::vector<std::string> Expand(absl::string_view permissions) {
  std::vector<std::string> names;
  for (const absl::string_view item : absl::StrSplit(permissions, ' ')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ':');
    if (parts.size() == 1) {
      names.emplace_back(item);
      continue;
    }
    for (const char letter : parts[1]) {
      MUNIMENT_CHECK(!Verb(letter).empty());
      names.push_back(absl::StrCat(parts[0], ".", Verb(letter)));
    }
  }
  return names;
}

Level LevelOf(absl::string_view role) {
  if (absl::StartsWith(role, "SYSTEM_")) return Level::kSystem;
  if (absl::StartsWith(role, "IAM_")) return Level::kInstance;
  if (absl::StartsWith(role, "PROJECT_GRANT_")) return Level::kProjectGrant;
  if (absl::StartsWith(role, "PROJECT_")) return Level::kProject;
  // The one role without a level in its name stands where people register themselves.
  MUNIMENT_CHECK(absl::StartsWith(role, "ORG_") || role == "SELF_MANAGEMENT_GLOBAL");
  return Level::kOrg;
}

struct Tables {
  std::vector<std::string> permissions;
  absl::flat_hash_map<std::string, size_t> permission_index;
  std::vector<Role> roles;
  absl::flat_hash_map<std::string, size_t> role_index;
};

const Tables& TheTables() {
  static const Tables* const tables = [] {
    auto* made = new Tables;
    std::set<std::string> names;
    for (const RoleText& role : RoleTable()) {
      for (std::string& name : Expand(role.permissions)) names.insert(std::move(name));
    }
    MUNIMENT_CHECK(names.size() <= Permissions::kCapacity);
    made->permissions.assign(names.begin(), names.end());
    for (size_t i = 0; i < made->permissions.size(); ++i) {
      made->permission_index[made->permissions[i]] = i;
    }
    for (const RoleText& text : RoleTable()) {
      Role role{std::string(text.name), LevelOf(text.name), {}};
      for (const std::string& name : Expand(text.permissions)) {
        role.permissions.Add(made->permission_index[name]);
      }
      MUNIMENT_CHECK(made->role_index.emplace(role.name, made->roles.size()).second);
      made->roles.push_back(std::move(role));
    }
    return made;
  }();
  return *tables;
}

absl::Status Refused(absl::string_view what, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat("member.", what), message);
}

bool Holds(Level level, absl::Span<const std::string> roles, size_t permission) {
  for (const std::string& name : roles) {
    const Role* const role = FindRole(name);
    if (role != nullptr && role->level == level && role->permissions.Has(permission)) return true;
  }
  return false;
}

bool Reaches(const Grant& grant, const AccessTarget& target) {
  switch (grant.level) {
    case Level::kSystem:
      return false;  // never a membership
    case Level::kInstance:
      return true;
    case Level::kOrg:
      return !target.org.empty() && grant.id == target.org;
    case Level::kProject:
      return !target.project.empty() && grant.id == target.project;
    case Level::kProjectGrant:
      return !target.project_grant.empty() && grant.id == target.project_grant;
  }
  return false;
}

}  // namespace

bool Permissions::Has(absl::string_view name) const {
  const std::optional<size_t> index = PermissionIndex(name);
  return index && Has(*index);
}

std::vector<std::string> Permissions::Names() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < AllPermissions().size(); ++i) {
    if (Has(i)) names.push_back(AllPermissions()[i]);
  }
  return names;
}

const std::vector<Role>& AllRoles() { return TheTables().roles; }

const std::vector<std::string>& AllPermissions() { return TheTables().permissions; }

const Role* FindRole(absl::string_view name) {
  const Tables& tables = TheTables();
  const auto found = tables.role_index.find(name);
  return found == tables.role_index.end() ? nullptr : &tables.roles[found->second];
}

std::optional<size_t> PermissionIndex(absl::string_view name) {
  const Tables& tables = TheTables();
  const auto found = tables.permission_index.find(name);
  if (found == tables.permission_index.end()) return std::nullopt;
  return found->second;
}

Permissions RolePermissions(Level level, absl::Span<const std::string> roles) {
  Permissions all;
  for (const std::string& name : roles) {
    const Role* const role = FindRole(name);
    if (role != nullptr && role->level == level) all |= role->permissions;
  }
  return all;
}

bool Allows(absl::Span<const std::string> on_instance, absl::Span<const std::string> on_org,
            absl::string_view permission) {
  const std::optional<size_t> index = PermissionIndex(permission);
  return index &&
         (Holds(Level::kInstance, on_instance, *index) || Holds(Level::kOrg, on_org, *index));
}

bool AllowsOn(Level level, absl::Span<const std::string> roles, absl::string_view permission) {
  const std::optional<size_t> index = PermissionIndex(permission);
  return index && Holds(level, roles, *index);
}

bool Allows(const RolesAt& roles, absl::string_view permission) {
  const std::optional<size_t> index = PermissionIndex(permission);
  return index && (Holds(Level::kInstance, roles.instance, *index) ||
                   Holds(Level::kOrg, roles.org, *index) ||
                   Holds(Level::kProject, roles.project, *index) ||
                   Holds(Level::kProjectGrant, roles.project_grant, *index));
}

Permissions PermissionsOn(absl::Span<const Grant> grants, const AccessTarget& target) {
  Permissions all;
  for (const Grant& grant : grants) {
    if (Reaches(grant, target)) all |= RolePermissions(grant.level, grant.roles);
  }
  return all;
}

bool Covers(const Permissions& granter, Level level, absl::Span<const std::string> roles) {
  return granter.HasAll(RolePermissions(level, roles));
}

absl::Status ValidRolesFor(Level level, absl::Span<const std::string> roles) {
  if (roles.empty()) return Refused("roles_missing", "A membership must have a role.");
  std::set<absl::string_view> seen;
  for (const std::string& name : roles) {
    const Role* const role = FindRole(name);
    if (role == nullptr) return Refused("role_unknown", "There is no such role.");
    if (role->level != level) {
      return Refused("role_misplaced", absl::StrCat("The role ", name, " may not stand here."));
    }
    if (!seen.insert(name).second) {
      return Refused("role_repeated", absl::StrCat("The role ", name, " stands twice."));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> RolesFor(Level level) {
  std::vector<std::string> names;
  for (const Role& role : AllRoles()) {
    if (role.level == level) names.push_back(role.name);
  }
  return names;
}

}  // namespace muniment
