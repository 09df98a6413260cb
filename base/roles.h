// The table of roles as it is written (base/roles.cc), which base/access.cc reads at first use.
// Everybody else asks base/access.h.
#ifndef MUNIMENT_BASE_ROLES_H_
#define MUNIMENT_BASE_ROLES_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace muniment {

struct RoleText {
  absl::string_view name;
  // Resources with letters for what may be done: c create, r read, w write, d delete, l link,
  // s read:self; "user:rw" is user.read and user.write. A name without letters is a permission.
  absl::string_view permissions;
};

absl::Span<const RoleText> RoleTable();

}  // namespace muniment

#endif  // MUNIMENT_BASE_ROLES_H_
