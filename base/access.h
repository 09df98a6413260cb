// Who may do what: roles, the permissions they stand for, and the decisions made of them. Pure
// functions over data; commands feed them with folded streams, readers with rows.
//
// A role counts only on the level it is made for (IAM_ on the instance, ORG_ on an organization and
// so on): one that stands elsewhere, or is unknown, grants nothing. What stands on the instance
// holds for all its organizations; nothing stands higher than that.
//
// Beside the published roles there are those that an instance, or an organization, defines of single
// permissions; whoever decides brings the books in which they stand.
//
//   const RolesAt held = {.instance = on_instance, .org = on_org, .books = {&of_instance, &of_org}};
//   if (!Allows(held, "user.write")) ...
//   RETURN_IF_ERROR(ValidRolesFor(Level::kOrg, request.roles(), held.books));
//
// Thread-safe. Unknown names are hostile input: they hold nothing.
#ifndef MUNIMENT_BASE_ACCESS_H_
#define MUNIMENT_BASE_ACCESS_H_

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace muniment {

// Where a role may stand. System roles are for the callers named in the configuration.
enum class Level { kSystem, kInstance, kOrg, kProject, kProjectGrant };

// A set of permissions. Indexes hold within one process only.
class Permissions {
 public:
  static constexpr size_t kCapacity = 160;

  void Add(size_t index) { bits_.set(index); }
  bool Has(size_t index) const { return index < kCapacity && bits_.test(index); }
  bool Has(absl::string_view name) const;
  bool HasAll(const Permissions& other) const { return (other.bits_ & ~bits_).none(); }
  size_t size() const { return bits_.count(); }
  bool empty() const { return bits_.none(); }

  Permissions& operator|=(const Permissions& other) {
    bits_ |= other.bits_;
    return *this;
  }
  bool operator==(const Permissions& other) const { return bits_ == other.bits_; }

  // In byte order.
  std::vector<std::string> Names() const;

 private:
  std::bitset<kCapacity> bits_;
};

struct Role {
  std::string name;
  Level level;
  Permissions permissions;
};

// Roles and permissions there are; both lists stand as long as the process.
const std::vector<Role>& AllRoles();
const std::vector<std::string>& AllPermissions();  // in byte order; the index is the permission's

const Role* FindRole(absl::string_view name);
std::optional<size_t> PermissionIndex(absl::string_view name);

// What the published roles of a level stand for together: all that means something there.
const Permissions& PermissionsOf(Level level);

// The roles that an instance, or an organization, defines. A name that was taken away stays spent:
// memberships may still name it, and shall gain nothing by it ever again.
class RoleBook {
 public:
  void Put(Role role) { roles_[role.name] = std::move(role); }
  void Spend(absl::string_view name) { roles_[name] = std::nullopt; }

  // Whether it was ever defined here.
  bool Knows(absl::string_view name) const { return roles_.contains(name); }
  // Null for what is not defined now.
  const Role* Find(absl::string_view name) const;
  // Those that are defined now, by name.
  std::vector<const Role*> All() const;
  size_t size() const { return roles_.size(); }

 private:
  absl::btree_map<std::string, std::optional<Role>> roles_;
};

// Of the place where roles stand. Nulls define nothing; both outlive whoever asks.
struct RoleBooks {
  const RoleBook* instance = nullptr;
  const RoleBook* org = nullptr;

  // What the name stands for there: a published role, else one of the organization's book if that
  // knows the name at all, else one of the instance's.
  const Role* Find(absl::string_view name) const;
};

// Whether all these are published, so that no book is needed.
bool ArePublished(absl::Span<const std::string> roles);

// What roles that stand on `level` grant together.
Permissions RolePermissions(Level level, absl::Span<const std::string> roles,
                            const RoleBooks& books = {});

// Whether roles that stand on this level permit it.
bool AllowsOn(Level level, absl::Span<const std::string> roles, absl::string_view permission,
              const RoleBooks& books = {});

// The roles that a caller has on what leads to a target; none where nothing of the kind does.
struct RolesAt {
  absl::Span<const std::string> instance = {};
  absl::Span<const std::string> org = {};
  absl::Span<const std::string> project = {};
  absl::Span<const std::string> project_grant = {};
  RoleBooks books = {};
};
bool Allows(const RolesAt& roles, absl::string_view permission);
// Whether one of them is the owner's of its level, who holds all that there is to hold there,
// whatever single permissions his role's list leaves out.
bool Owns(const RolesAt& roles);

inline constexpr char kOwnerRole[] = "IAM_OWNER";
inline constexpr char kOrgOwnerRole[] = "ORG_OWNER";
inline constexpr char kProjectOwnerRole[] = "PROJECT_OWNER";
inline constexpr char kProjectGrantOwnerRole[] = "PROJECT_GRANT_OWNER";

// INVALID_ARGUMENT "member.roles_missing" for none, "member.role_unknown", "member.role_misplaced"
// for a role of another level, "member.role_repeated".
absl::Status ValidRolesFor(Level level, absl::Span<const std::string> roles,
                           const RoleBooks& books = {});

// The roles that may stand on a level: the published ones in the table's order, then the instance's
// and the organization's own.
std::vector<std::string> RolesFor(Level level, const RoleBooks& books = {});

// INVALID_ARGUMENT "role.name_invalid" for a name that roles defined at run time may not have: it is
// of A-Z, 0-9 and _, begins with a letter, has up to 100, and does not begin as published ones do.
absl::Status ValidRoleName(absl::string_view name);
// "role.permissions_missing" for none, "permission.unknown", "permission.misplaced" for one that no
// published role of the level stands for.
absl::StatusOr<Permissions> PermissionsFor(Level level, absl::Span<const std::string> names);

}  // namespace muniment

#endif  // MUNIMENT_BASE_ACCESS_H_
