#include "base/access.h"

#include <array>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/error.h"
#include "base/roles.h"

namespace muniment {
namespace {

constexpr size_t kLevels = 5;

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

bool Holds(Level level, absl::Span<const std::string> roles, size_t permission,
           const RoleBooks& books) {
  for (const std::string& name : roles) {
    const Role* const role = books.Find(name);
    if (role != nullptr && role->level == level && role->permissions.Has(permission)) return true;
  }
  return false;
}

bool Among(absl::Span<const std::string> roles, absl::string_view role) {
  return absl::c_linear_search(roles, role);
}

// Beginnings that only published roles have, those there are and those to come.
constexpr absl::string_view kPublishedPrefixes[] = {"SYSTEM_", "IAM_", "ORG_", "PROJECT_", "SELF_"};
constexpr size_t kMaxRoleName = 100;

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

const Permissions& PermissionsOf(Level level) {
  static const auto* const all = [] {
    auto* made = new std::array<Permissions, kLevels>;
    for (const Role& role : AllRoles()) {
      (*made)[static_cast<size_t>(role.level)] |= role.permissions;
    }
    return made;
  }();
  return (*all)[static_cast<size_t>(level)];
}

const Role* RoleBook::Find(absl::string_view name) const {
  const auto found = roles_.find(name);
  return found == roles_.end() || !found->second.has_value() ? nullptr : &*found->second;
}

std::vector<const Role*> RoleBook::All() const {
  std::vector<const Role*> all;
  for (const auto& [name, role] : roles_) {
    if (role.has_value()) all.push_back(&*role);
  }
  return all;
}

const Role* RoleBooks::Find(absl::string_view name) const {
  const Role* const published = FindRole(name);
  if (published != nullptr) return published;
  if (org != nullptr && org->Knows(name)) return org->Find(name);
  return instance == nullptr ? nullptr : instance->Find(name);
}

bool ArePublished(absl::Span<const std::string> roles) {
  return absl::c_all_of(roles, [](const std::string& name) { return FindRole(name) != nullptr; });
}

Permissions RolePermissions(Level level, absl::Span<const std::string> roles,
                            const RoleBooks& books) {
  Permissions all;
  for (const std::string& name : roles) {
    const Role* const role = books.Find(name);
    if (role != nullptr && role->level == level) all |= role->permissions;
  }
  return all;
}

bool AllowsOn(Level level, absl::Span<const std::string> roles, absl::string_view permission,
              const RoleBooks& books) {
  const std::optional<size_t> index = PermissionIndex(permission);
  return index && Holds(level, roles, *index, books);
}

bool Allows(const RolesAt& roles, absl::string_view permission) {
  const std::optional<size_t> index = PermissionIndex(permission);
  return index && (Holds(Level::kInstance, roles.instance, *index, roles.books) ||
                   Holds(Level::kOrg, roles.org, *index, roles.books) ||
                   Holds(Level::kProject, roles.project, *index, roles.books) ||
                   Holds(Level::kProjectGrant, roles.project_grant, *index, roles.books));
}

bool Owns(const RolesAt& roles) {
  return Among(roles.instance, kOwnerRole) || Among(roles.org, kOrgOwnerRole) ||
         Among(roles.project, kProjectOwnerRole) ||
         Among(roles.project_grant, kProjectGrantOwnerRole);
}

absl::Status ValidRolesFor(Level level, absl::Span<const std::string> roles,
                           const RoleBooks& books) {
  if (roles.empty()) return Refused("roles_missing", "A membership must have a role.");
  std::set<absl::string_view> seen;
  for (const std::string& name : roles) {
    const Role* const role = books.Find(name);
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

std::vector<std::string> RolesFor(Level level, const RoleBooks& books) {
  std::vector<std::string> names;
  for (const Role& role : AllRoles()) {
    if (role.level == level) names.push_back(role.name);
  }
  for (const RoleBook* const book : {books.instance, books.org}) {
    if (book == nullptr) continue;
    for (const Role* const role : book->All()) {
      // Of one that stands in both, the organization's.
      if (role->level == level && books.Find(role->name) == role) names.push_back(role->name);
    }
  }
  return names;
}

absl::Status ValidRoleName(absl::string_view name) {
  const bool spelled = !name.empty() && name.size() <= kMaxRoleName &&
                       absl::ascii_isupper(name.front()) &&
                       absl::c_all_of(name, [](char c) {
                         return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
                       });
  const bool published = absl::c_any_of(kPublishedPrefixes, [name](absl::string_view prefix) {
    return absl::StartsWith(name, prefix);
  });
  if (spelled && !published) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "role.name_invalid",
               absl::StrCat("A role's name is of A-Z, 0-9 and _, up to ", kMaxRoleName,
                            ", begins with a letter and not with ",
                            absl::StrJoin(kPublishedPrefixes, ", "), "."));
}

absl::StatusOr<Permissions> PermissionsFor(Level level, absl::Span<const std::string> names) {
  const auto invalid = [](absl::string_view reason, absl::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, reason, message);
  };
  if (names.empty()) {
    return invalid("role.permissions_missing", "A role stands for a permission at least.");
  }
  Permissions all;
  for (const std::string& name : names) {
    const std::optional<size_t> index = PermissionIndex(name);
    if (!index) return invalid("permission.unknown", "There is no such permission.");
    if (!PermissionsOf(level).Has(*index)) {
      return invalid("permission.misplaced",
                     absl::StrCat("The permission ", name, " means nothing where the role stands."));
    }
    all.Add(*index);
  }
  return all;
}

}  // namespace muniment
