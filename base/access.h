// Who may do what: roles, the permissions they stand for, and the decisions made of them. Pure
// functions over data; commands feed them with folded streams, readers with rows.
//
// A role counts only on the level it is made for (IAM_ on the instance, ORG_ on an organization and
// so on): one that stands elsewhere, or is unknown, grants nothing. What stands on the instance
// holds for all its organizations; nothing stands higher than that.
//
//   if (!Allows(member_of_instance.roles(), member_of_org.roles(), "user.write")) ...
//   RETURN_IF_ERROR(ValidRolesFor(Level::kOrg, request.roles()));
//   if (!Covers(mine, Level::kOrg, request.roles())) ...  // nobody grants what he lacks
//
// Thread-safe. Unknown names are hostile input: they hold nothing.
#ifndef MUNIMENT_BASE_ACCESS_H_
#define MUNIMENT_BASE_ACCESS_H_

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
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

// What roles that stand on `level` grant together.
Permissions RolePermissions(Level level, absl::Span<const std::string> roles);

// The decision for a target in an organization (or on the instance itself, with no roles there).
bool Allows(absl::Span<const std::string> on_instance, absl::Span<const std::string> on_org,
            absl::string_view permission);

// Whether roles that stand on this level permit it.
bool AllowsOn(Level level, absl::Span<const std::string> roles, absl::string_view permission);

// The roles that a caller has on what leads to a target; none where nothing of the kind does.
struct RolesAt {
  absl::Span<const std::string> instance;
  absl::Span<const std::string> org;
  absl::Span<const std::string> project;
  absl::Span<const std::string> project_grant;
};
bool Allows(const RolesAt& roles, absl::string_view permission);

// A membership: roles that stand on one thing.
struct Grant {
  Level level = Level::kOrg;
  std::string id;  // of the organization, project or project grant; not asked of an instance
  std::vector<std::string> roles;
};

// What is acted on, and within what. An empty id matches no grant.
struct AccessTarget {
  absl::string_view org;
  absl::string_view project;
  absl::string_view project_grant;
};

// All that a caller's grants give him on a target. `grants` are of the target's own instance.
Permissions PermissionsOn(absl::Span<const Grant> grants, const AccessTarget& target);

// Whether whoever holds `granter` may hand out these roles.
bool Covers(const Permissions& granter, Level level, absl::Span<const std::string> roles);

// INVALID_ARGUMENT "member.roles_missing" for none, "member.role_unknown", "member.role_misplaced"
// for a role of another level, "member.role_repeated".
absl::Status ValidRolesFor(Level level, absl::Span<const std::string> roles);

// The roles that may stand on a level, in the table's order.
std::vector<std::string> RolesFor(Level level);

}  // namespace muniment

#endif  // MUNIMENT_BASE_ACCESS_H_
